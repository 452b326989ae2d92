# bash completion for proxx
_proxx() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    local command=${COMP_WORDS[1]}
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "validate run watch create profiles user-profiles status pause resume cancel drain resubmit doctor schema fingerprint verify reproduce completion manual --help --version" -- "$word"))
        return
    fi
    case "$command $before" in
        "watch --max-workers") COMPREPLY=($(compgen -W "" -- "$word")); return ;;
        "watch --poll-seconds") COMPREPLY=($(compgen -W "" -- "$word")); return ;;
        "watch --grace-seconds") COMPREPLY=($(compgen -W "" -- "$word")); return ;;
        "watch --config") COMPREPLY=($(compgen -f -- "$word")); return ;;
        "create --profile") COMPREPLY=($(compgen -W "" -- "$word")); return ;;
        "create --output-directory") COMPREPLY=($(compgen -d -- "$word")); return ;;
        "create --naming-template") COMPREPLY=($(compgen -W "" -- "$word")); return ;;
        "create --fps-explicit") COMPREPLY=($(compgen -W "" -- "$word")); return ;;
        "create --job-id") COMPREPLY=($(compgen -W "" -- "$word")); return ;;
        "create --into") COMPREPLY=($(compgen -d -- "$word")); return ;;
        "create --out") COMPREPLY=($(compgen -f -- "$word")); return ;;
        "create --profiles-dir") COMPREPLY=($(compgen -d -- "$word")); return ;;
        "user-profiles --profiles-dir") COMPREPLY=($(compgen -d -- "$word")); return ;;
        "pause --wait-seconds") COMPREPLY=($(compgen -W "" -- "$word")); return ;;
        "resume --wait-seconds") COMPREPLY=($(compgen -W "" -- "$word")); return ;;
        "cancel --wait-seconds") COMPREPLY=($(compgen -W "" -- "$word")); return ;;
        "drain --wait-seconds") COMPREPLY=($(compgen -W "" -- "$word")); return ;;
        "resubmit --job-id") COMPREPLY=($(compgen -W "" -- "$word")); return ;;
        "doctor --config") COMPREPLY=($(compgen -f -- "$word")); return ;;
        "verify --in") COMPREPLY=($(compgen -d -- "$word")); return ;;
        "reproduce --in") COMPREPLY=($(compgen -d -- "$word")); return ;;
        "reproduce --scratch") COMPREPLY=($(compgen -d -- "$word")); return ;;
    esac
    case "$command" in
        validate) COMPREPLY=($(compgen -f -W "-h --help --json" -- "$word")) ;;
        run) COMPREPLY=($(compgen -f -W "-h --help" -- "$word")) ;;
        watch) COMPREPLY=($(compgen -d -W "-h --help --max-workers --poll-seconds --grace-seconds --once --config --check-config" -- "$word")) ;;
        create) COMPREPLY=($(compgen -f -W "-h --help --profile --output-directory --naming-template --fps-explicit --job-id --into --out --profiles-dir" -- "$word")) ;;
        profiles) COMPREPLY=($(compgen -W "-h --help --json" -- "$word")) ;;
        user-profiles) COMPREPLY=($(compgen -W "-h --help --json --profiles-dir" -- "$word")) ;;
        status) COMPREPLY=($(compgen -d -W "-h --help --json --follow" -- "$word")) ;;
        pause) COMPREPLY=($(compgen -d -W "-h --help --wait-seconds" -- "$word")) ;;
        resume) COMPREPLY=($(compgen -d -W "-h --help --wait-seconds" -- "$word")) ;;
        cancel) COMPREPLY=($(compgen -d -W "-h --help --wait-seconds" -- "$word")) ;;
        drain) COMPREPLY=($(compgen -d -W "-h --help --wait-seconds" -- "$word")) ;;
        resubmit) COMPREPLY=($(compgen -d -W "-h --help --failed-clips --job-id" -- "$word")) ;;
        doctor) COMPREPLY=($(compgen -d -W "-h --help --config --json" -- "$word")) ;;
        schema) COMPREPLY=($(compgen -W "jobspec result user-profile -h --help" -- "$word")) ;;
        fingerprint) COMPREPLY=($(compgen -f -W "-h --help --content --json" -- "$word")) ;;
        verify) COMPREPLY=($(compgen -W "-h --help --in --json" -- "$word")) ;;
        reproduce) COMPREPLY=($(compgen -W "-h --help --in --json --scratch" -- "$word")) ;;
        completion) COMPREPLY=($(compgen -W "bash zsh fish -h --help" -- "$word")) ;;
        manual) COMPREPLY=($(compgen -W "-h --help" -- "$word")) ;;
    esac
}
complete -o filenames -F _proxx proxx
