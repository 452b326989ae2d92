"""What stops a job before its JobSpec exists names no canonical profile and no other choice."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import attrs
from hypothesis import example, given
from hypothesis import strategies as st

from proxx_daemon.documents.failure import failure_document
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.entries import FailureClass
from proxx_daemon.failures.errors import Failure, failure
from proxx_daemon.jobspec.jobspec import Codec, Container, EngineKind
from proxx_daemon.operators import creation
from proxx_daemon.profiles import user_reading
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.profiles.eligibility import eligibilities, find
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.profiles.user_profile import (
    CodecFamily,
    Constraints,
    LifecycleState,
    Size,
    UserProfile,
    UserProfileFile,
)

_EVERY: Final = profiles()
_OTHER: Final = "Another_Profile_Of_The_Folder"
_ADVICE: Final = re.compile(
    "did you mean|instead try|similar|suggest|recommend|closest|best match|alternative",
    re.IGNORECASE,
)
_VALUES: Final[Mapping[str, list[Any]]] = {
    "engine": [*EngineKind],
    "codec": [*Codec],
    "codec_family": [*CodecFamily],
    "container": [*Container],
    "intra_frame_only": [True, False],
    "max_resolution": [*Size],
    "resolution": [*Size],
    "codec_profile": ["DNXHR LB", "DNXHR SQ"],
}
_CONSTRAINTS: Final = st.fixed_dictionaries(
    {},
    optional={each.name: st.sampled_from(_VALUES[each.name]) for each in attrs.fields(Constraints)},
)
_REGISTRIES: Final = st.just(_EVERY) | st.sets(st.sampled_from(sorted(_EVERY))).map(
    lambda names: {name: _EVERY[name] for name in sorted(names)}
)


def _texts(value: object) -> Iterator[str]:
    for each in value.values() if isinstance(value, dict) else value:  # type: ignore[attr-defined]
        if isinstance(each, dict | list):
            yield from _texts(each)
        elif each is not None:
            yield str(each)


def _check(reason: Failure) -> None:
    assert reason.failure_class is FailureClass.PRE_JOB
    told = "\n".join(_texts(failure_document(reason)))
    for name in (*_EVERY, _OTHER):
        assert not re.search(rf"\b{name}\b", told), told
    assert not _ADVICE.search(told), told


def _file(document: Mapping[str, Any], path: str) -> UserProfileFile:
    reading = user_reading.read("a.toml", document)
    return UserProfileFile(
        path=path, name=reading.name, profile=reading.profile, problems=reading.problems
    )


def _case(**arguments: Any) -> dict[str, Any]:
    rest = {"state": "ACTIVE", "graduated_to": None, "registry": _EVERY, "twin": False}
    return {**rest, "constraints": {}, **arguments}


@given(
    state=st.sampled_from(["ACTIVE", "ACTIVE", "DEPRECATED", "GRADUATED", "RETIRED", None]),
    graduated_to=st.none() | st.sampled_from([*_EVERY, "proxy_of_another_year", 5]),
    constraints=_CONSTRAINTS | st.just(None),
    registry=_REGISTRIES,
    twin=st.booleans(),
)
@example(**_case(constraints={"codec_family": "h264"}))
@example(**_case(constraints={"engine": "ffmpeg", "codec": "prores_hq"}))
@example(**_case(state="GRADUATED", graduated_to="proxy_prores_lt"))
@example(**_case(state="GRADUATED", graduated_to="proxy_of_another_year"))
@example(**_case(graduated_to="proxy_prores_lt", twin=True))
def test_a_refused_user_profile_is_told_without_names_to_choose_from(
    state: str | None,
    graduated_to: object,
    constraints: Mapping[str, Any] | None,
    registry: Mapping[str, CanonicalProfile],
    *,
    twin: bool,
) -> None:
    document = {
        "user_profile_version": "1.0",
        "name": "Chosen",
        "description": "For tests.",
        "state": state,
        "graduated_to": graduated_to,
        "constraints": constraints,
    }
    document = {name: value for name, value in document.items() if value is not None}
    usable = {"state": "ACTIVE", "constraints": {"codec": "prores_proxy"}}
    files = [
        _file(document, "a.toml"),
        _file({**document, **usable, "name": "Chosen" if twin else _OTHER}, "b.toml"),
    ]
    found = find(eligibilities(files, registry), "Chosen")
    assert not isinstance(found, Failure)
    if found.refusal is not None:
        _check(found.refusal)


# What somebody typed is quoted, so it is no name that exists.
@given(st.text(max_size=20).filter(lambda name: name not in _EVERY))
def test_an_unknown_name_is_told_without_the_names_that_exist(name: str) -> None:
    usable = {"user_profile_version": "1.0", "description": "For tests.", "state": "ACTIVE"}
    other = _file({**usable, "name": _OTHER, "constraints": {"codec": "prores_hq"}}, "a.toml")
    found = find(eligibilities([other], _EVERY), name)
    assert isinstance(found, Failure)
    _check(found)


@given(
    st.sampled_from(sorted(_EVERY)),
    st.builds(
        creation.JobRequest,
        sources=st.lists(st.sampled_from(["/a.mov", "b.mov", ""]), max_size=3).map(tuple),
        output_directory=st.sampled_from(["/proxies", "proxies", ""]),
        naming_template=st.text(max_size=10) | st.sampled_from(["{profile}", "{none}", "a/b"]),
        fps_explicit=st.none() | st.sampled_from(["24", "0", "-1", "fast", "1e300"]),
        job_id=st.text(max_size=70),
        at=st.just(datetime(2026, 1, 31, tzinfo=UTC)),
    ),
)
def test_a_refused_request_is_told_without_the_canonical_profile(
    canonical: str, request: creation.JobRequest
) -> None:
    chosen = UserProfile(
        user_profile_version="1.0",
        name="Chosen",
        description="For tests.",
        state=LifecycleState.ACTIVE,
        constraints=Constraints(),
    )
    content = creation.encode(creation.document(request, chosen, _EVERY[canonical]))
    refused = creation.check(content, _EVERY, f"{request.job_id}.json")
    if refused is not None:
        _check(refused)


def test_a_jobspec_that_exists_is_told_without_names_to_choose_from() -> None:
    _check(failure(Code.JOBSPEC_EXISTS, "'/watch/pending/a.json' already exists."))
