"""Mounts a read-only mirror of a flat folder with FUSE, and says "mounted"; needs /dev/fuse.

Stopped with SIGSTOP it is a file system that does not answer. Arguments: the folder, the place.
The structures are those of Linux's `fuse.h`, protocol 7.31.
"""

import ctypes
import errno
import os
import struct
import sys
from pathlib import Path

_MS_RDONLY, _MS_NOSUID, _MS_NODEV = 1, 2, 4
_HEADER = struct.Struct("<IIQQIIII")
_FORGET, _BATCH_FORGET = 2, 42
_ROOT = 1


class Mirror:
    def __init__(self, folder: Path, device: int) -> None:
        self.device = device
        #: by node id; the names are those at the start
        self.paths = {_ROOT: folder}
        for path in sorted(folder.iterdir()):
            self.paths[len(self.paths) + 1] = path

    def serve(self) -> None:
        while True:
            request = os.read(self.device, 1 << 20)
            _, kind, unique, node, *_ = _HEADER.unpack_from(request)
            if kind in (_FORGET, _BATCH_FORGET):
                continue
            try:
                answer, error = self.answer(kind, node, request[_HEADER.size :]), 0
            except OSError as problem:
                answer, error = b"", -(problem.errno or errno.EIO)
            os.write(self.device, struct.pack("<IiQ", 16 + len(answer), error, unique) + answer)

    def answer(self, kind: int, node: int, body: bytes) -> bytes:
        match kind:
            case 26:  # INIT
                answer = struct.pack("<IIIIHHIIHHI7I", 7, 31, 1 << 17, 0, 8, 8, 4096, 1, *[0] * 10)
            case 1:  # LOOKUP
                found = self.node(self.paths[node] / os.fsdecode(body.rstrip(b"\0")))
                answer = struct.pack("<QQQQII", found, 0, 0, 0, 0, 0) + self.attributes(found)
            case 3:  # GETATTR
                answer = struct.pack("<QII", 0, 0, 0) + self.attributes(node)
            case 14 | 27:  # OPEN, OPENDIR: nothing is kept in the page cache
                answer = struct.pack("<QII", 0, 1, 0)
            case 15:  # READ
                _, offset, size = struct.unpack_from("<QQI", body)
                with self.paths[node].open("rb") as file:
                    answer = os.pread(file.fileno(), size, offset)
            case 17:  # STATFS
                answer = struct.pack(
                    "<5Q4I24x", 1 << 30, 1 << 29, 1 << 29, 9, 9, 4096, 255, 4096, 0
                )
            case 18 | 25 | 28 | 29:  # RELEASE, FLUSH, READDIR, RELEASEDIR
                answer = b""
            case _:
                raise OSError(errno.ENOSYS, "")
        return answer

    def node(self, path: Path) -> int:
        for number, known in self.paths.items():
            if known == path:
                return number
        raise FileNotFoundError(errno.ENOENT, "")

    def attributes(self, node: int) -> bytes:
        status = self.paths[node].stat()
        times = [int(status.st_mtime)] * 3 + [0] * 3
        sizes = (node, status.st_size, (status.st_size + 511) // 512)
        owner = (status.st_mode | 0o555, 1, os.getuid(), os.getgid(), 0, 4096, 0)
        return struct.pack("<QQQQQQIIIIIIIIII", *sizes, *times, *owner)


def main() -> None:
    folder, place = Path(sys.argv[1]), sys.argv[2]
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()},allow_other"
    mount = ctypes.CDLL(None, use_errno=True).mount
    flags = _MS_RDONLY | _MS_NOSUID | _MS_NODEV
    if mount(b"mirror", place.encode(), b"fuse", ctypes.c_ulong(flags), options.encode()):
        sys.exit(os.strerror(ctypes.get_errno()))
    sys.stdout.write("mounted\n")
    sys.stdout.flush()
    Mirror(folder, device).serve()


if __name__ == "__main__":
    main()
