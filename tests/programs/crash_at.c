/* Kills the process with SIGKILL at the entry of its N-th durable system call.
 *
 * Preloaded into the daemon. CRASH_AT is N; counted together, over all threads, are fsync,
 * renameat2, link and unlink. CRASH_LOG, if set, gets one line per call, so that a run without
 * CRASH_AT tells how many there are. Children of the daemon are not counted: the variables are
 * meant for the process whose pid is the first to count.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_int calls;

static void count(const char *name)
{
    const char *at = getenv("CRASH_AT");
    const char *log = getenv("CRASH_LOG");
    int number = atomic_fetch_add(&calls, 1) + 1;
    if (log) {
        int file = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
        if (file >= 0) {
            char line[64];
            int length = snprintf(line, sizeof line, "%d %s\n", number, name);
            if (write(file, line, (size_t)length) < 0)
                abort();
            close(file);
        }
    }
    if (at && number == atoi(at))
        kill(getpid(), SIGKILL);
}

int fsync(int descriptor)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    count("fsync");
    return real(descriptor);
}

int renameat2(int from, const char *old, int to, const char *new, unsigned int flags)
{
    int (*real)(int, const char *, int, const char *, unsigned int) =
        (int (*)(int, const char *, int, const char *, unsigned int))dlsym(RTLD_NEXT, "renameat2");
    count("renameat2");
    return real(from, old, to, new, flags);
}

int link(const char *old, const char *new)
{
    int (*real)(const char *, const char *) =
        (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "link");
    count("link");
    return real(old, new);
}

int unlink(const char *path)
{
    int (*real)(const char *) = (int (*)(const char *))dlsym(RTLD_NEXT, "unlink");
    count("unlink");
    return real(path);
}
