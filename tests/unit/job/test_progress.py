from proxx_daemon.job.progress import ClipProgress


def progress(frames: int, total: int, fps: float | None = 50.0) -> ClipProgress:
    return ClipProgress(
        index=0, clips=1, name="a.mov", frames=frames, frames_total=total, fps=fps, speed=None
    )


def test_the_fraction_runs_from_nothing_to_one() -> None:
    assert progress(0, 100).fraction == 0.0
    assert progress(25, 100).fraction == 0.25
    assert progress(101, 100).fraction == 1.0
    assert progress(5, 0).fraction == 0.0


def test_the_time_left_follows_from_the_speed() -> None:
    assert progress(50, 100).seconds_left == 1.0
    assert progress(120, 100).seconds_left == 0.0


def test_the_time_left_is_unknown_without_a_speed() -> None:
    assert progress(50, 100, None).seconds_left is None
    assert progress(50, 100, 0.0).seconds_left is None
