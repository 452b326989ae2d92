/* Crashes a process at the entry of its N-th durable system call.
 *
 * Preloaded into the daemon. Counted together, over all threads, are fsync and every call that
 * gives, moves or removes a name. What it does is chosen by the environment:
 *
 *   CRASH_AT        N; without it nothing happens at any call
 *   CRASH_SIGNAL    number of the signal that the process gets there; SIGKILL where unset
 *   CRASH_POWER     a folder: before the signal its ext4 file system is shut down as by a loss
 *                   of power, so that what was not flushed is gone after the next mount
 *   CRASH_NO_RENAME set: renameat2 answers EINVAL, as file systems do that do not know its flag
 *   CRASH_LOG       a file that gets one line per call
 *
 * A fork starts with its parent's count, which is 0 in a parent that makes no such call.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* From the kernel's ext4.h: not in a header that programs get. */
#define EXT4_IOC_SHUTDOWN _IOR('X', 125, uint32_t)
#define EXT4_GOING_FLAGS_NOLOGFLUSH 2u

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static atomic_int calls;

static void note(const char *path, int number, const char *name)
{
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    char line[64];
    int length = snprintf(line, sizeof line, "%d %s\n", number, name);
    if (file < 0 || write(file, line, (size_t)length) < 0)
        abort();
    close(file);
}

static void lose_power(const char *folder)
{
    uint32_t flags = EXT4_GOING_FLAGS_NOLOGFLUSH;
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY);
    if (descriptor < 0 || ioctl(descriptor, EXT4_IOC_SHUTDOWN, &flags) < 0)
        abort();
}

static void count(const char *name)
{
    const char *at = getenv("CRASH_AT");
    const char *number_of_signal = getenv("CRASH_SIGNAL");
    const char *power = getenv("CRASH_POWER");
    const char *log = getenv("CRASH_LOG");
    int number = atomic_fetch_add(&calls, 1) + 1;
    if (log)
        note(log, number, name);
    if (!at || number != atoi(at))
        return;
    if (power)
        lose_power(power);
    kill(getpid(), number_of_signal ? atoi(number_of_signal) : SIGKILL);
}

int fsync(int descriptor)
{
    count("fsync");
    return REAL(fsync)(descriptor);
}

int renameat2(int from, const char *old, int to, const char *new, unsigned int flags)
{
    count("renameat2");
    if (getenv("CRASH_NO_RENAME")) {
        errno = EINVAL;
        return -1;
    }
    return REAL(renameat2)(from, old, to, new, flags);
}

int rename(const char *old, const char *new)
{
    count("rename");
    return REAL(rename)(old, new);
}

int link(const char *old, const char *new)
{
    count("link");
    return REAL(link)(old, new);
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
    count("linkat");
    return REAL(linkat)(from, old, to, new, flags);
}

int unlink(const char *path)
{
    count("unlink");
    return REAL(unlink)(path);
}

int unlinkat(int folder, const char *path, int flags)
{
    count("unlinkat");
    return REAL(unlinkat)(folder, path, flags);
}
