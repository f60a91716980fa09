"""System calls of x86-64 Linux by name and number.

Source: Linux arch/x86/entry/syscalls/syscall_64.tbl, up to 6.18.
"""

from __future__ import annotations

from functools import cache

from trapline.base.errors import UsageError

_FROM_0 = (
    "read write open close stat fstat lstat poll lseek mmap mprotect munmap brk rt_sigaction "
    "rt_sigprocmask rt_sigreturn ioctl pread64 pwrite64 readv writev access pipe select sched_yield "
    "mremap msync mincore madvise shmget shmat shmctl dup dup2 pause nanosleep getitimer alarm setitimer "
    "getpid sendfile socket connect accept sendto recvfrom sendmsg recvmsg shutdown bind listen "
    "getsockname getpeername socketpair setsockopt getsockopt clone fork vfork execve exit wait4 kill "
    "uname semget semop semctl shmdt msgget msgsnd msgrcv msgctl fcntl flock fsync fdatasync truncate "
    "ftruncate getdents getcwd chdir fchdir rename mkdir rmdir creat link unlink symlink readlink chmod "
    "fchmod chown fchown lchown umask gettimeofday getrlimit getrusage sysinfo times ptrace getuid syslog "
    "getgid setuid setgid geteuid getegid setpgid getppid getpgrp setsid setreuid setregid getgroups "
    "setgroups setresuid getresuid setresgid getresgid getpgid setfsuid setfsgid getsid capget capset "
    "rt_sigpending rt_sigtimedwait rt_sigqueueinfo rt_sigsuspend sigaltstack utime mknod uselib "
    "personality ustat statfs fstatfs sysfs getpriority setpriority sched_setparam sched_getparam "
    "sched_setscheduler sched_getscheduler sched_get_priority_max sched_get_priority_min "
    "sched_rr_get_interval mlock munlock mlockall munlockall vhangup modify_ldt pivot_root _sysctl prctl "
    "arch_prctl adjtimex setrlimit chroot sync acct settimeofday mount umount2 swapon swapoff reboot "
    "sethostname setdomainname iopl ioperm create_module init_module delete_module get_kernel_syms "
    "query_module quotactl nfsservctl getpmsg putpmsg afs_syscall tuxcall security gettid readahead "
    "setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr "
    "removexattr lremovexattr fremovexattr tkill time futex sched_setaffinity sched_getaffinity "
    "set_thread_area io_setup io_destroy io_getevents io_submit io_cancel get_thread_area lookup_dcookie "
    "epoll_create epoll_ctl_old epoll_wait_old remap_file_pages getdents64 set_tid_address "
    "restart_syscall semtimedop fadvise64 timer_create timer_settime timer_gettime timer_getoverrun "
    "timer_delete clock_settime clock_gettime clock_getres clock_nanosleep exit_group epoll_wait "
    "epoll_ctl tgkill utimes vserver mbind set_mempolicy get_mempolicy mq_open mq_unlink mq_timedsend "
    "mq_timedreceive mq_notify mq_getsetattr kexec_load waitid add_key request_key keyctl ioprio_set "
    "ioprio_get inotify_init inotify_add_watch inotify_rm_watch migrate_pages openat mkdirat mknodat "
    "fchownat futimesat newfstatat unlinkat renameat linkat symlinkat readlinkat fchmodat faccessat "
    "pselect6 ppoll unshare set_robust_list get_robust_list splice tee sync_file_range vmsplice "
    "move_pages utimensat epoll_pwait signalfd timerfd_create eventfd fallocate timerfd_settime "
    "timerfd_gettime accept4 signalfd4 eventfd2 epoll_create1 dup3 pipe2 inotify_init1 preadv pwritev "
    "rt_tgsigqueueinfo perf_event_open recvmmsg fanotify_init fanotify_mark prlimit64 name_to_handle_at "
    "open_by_handle_at clock_adjtime syncfs sendmmsg setns getcpu process_vm_readv process_vm_writev kcmp "
    "finit_module sched_setattr sched_getattr renameat2 seccomp getrandom memfd_create kexec_file_load "
    "bpf execveat userfaultfd membarrier mlock2 copy_file_range preadv2 pwritev2 pkey_mprotect pkey_alloc "
    "pkey_free statx io_pgetevents rseq "
)
_FROM_424 = (
    "pidfd_send_signal io_uring_setup io_uring_enter io_uring_register open_tree move_mount fsopen "
    "fsconfig fsmount fspick pidfd_open clone3 close_range openat2 pidfd_getfd faccessat2 process_madvise "
    "epoll_pwait2 mount_setattr quotactl_fd landlock_create_ruleset landlock_add_rule "
    "landlock_restrict_self memfd_secret process_mrelease futex_waitv set_mempolicy_home_node cachestat "
    "fchmodat2 map_shadow_stack futex_wake futex_wait futex_requeue statmount listmount lsm_get_self_attr "
    "lsm_set_self_attr lsm_list_modules mseal setxattrat getxattrat listxattrat removexattrat "
    "open_tree_attr "
)


_GROUPS = {
    "descriptor": (
        "read write open close fstat poll lseek mmap ioctl pread64 pwrite64 readv writev pipe select dup "
        "dup2 sendfile fcntl flock fsync fdatasync ftruncate getdents fchdir creat fchmod fchown fstatfs "
        "readahead fsetxattr fgetxattr flistxattr fremovexattr epoll_create getdents64 fadvise64 "
        "epoll_wait epoll_ctl inotify_init inotify_add_watch inotify_rm_watch openat mkdirat mknodat "
        "fchownat futimesat newfstatat unlinkat renameat linkat symlinkat readlinkat fchmodat faccessat "
        "pselect6 ppoll splice tee sync_file_range vmsplice utimensat epoll_pwait signalfd timerfd_create "
        "eventfd fallocate timerfd_settime timerfd_gettime signalfd4 eventfd2 epoll_create1 dup3 pipe2 "
        "inotify_init1 preadv pwritev perf_event_open fanotify_init fanotify_mark name_to_handle_at "
        "open_by_handle_at syncfs setns finit_module statx recvmmsg copy_file_range preadv2 pwritev2 "
        "execveat renameat2 close_range openat2 faccessat2 epoll_pwait2 fchmodat2 memfd_create pidfd_open "
        "pidfd_getfd pidfd_send_signal"
    ),
    "file": (
        "open stat lstat access execve truncate getcwd chdir rename mkdir rmdir creat link unlink symlink "
        "readlink chmod chown lchown utime mknod uselib statfs pivot_root chroot acct mount umount2 "
        "swapon swapoff quotactl setxattr lsetxattr getxattr lgetxattr listxattr llistxattr removexattr "
        "lremovexattr utimes openat mkdirat mknodat fchownat futimesat newfstatat unlinkat renameat "
        "linkat symlinkat readlinkat fchmodat faccessat utimensat fanotify_mark name_to_handle_at statx "
        "execveat renameat2 openat2 faccessat2 fchmodat2 open_tree move_mount"
    ),
    "ipc": ("shmget shmat shmctl semget semop semctl shmdt msgget msgsnd msgrcv msgctl semtimedop"),
    "memory": (
        "mmap mprotect munmap brk mremap msync mincore madvise shmat shmdt mlock munlock mlockall "
        "munlockall remap_file_pages mbind set_mempolicy get_mempolicy migrate_pages move_pages "
        "process_madvise mlock2 pkey_mprotect pkey_alloc pkey_free mseal map_shadow_stack memfd_secret "
        "set_mempolicy_home_node"
    ),
    "network": (
        "sendfile socket connect accept sendto recvfrom sendmsg recvmsg shutdown bind listen getsockname "
        "getpeername socketpair setsockopt getsockopt accept4 recvmmsg sendmmsg"
    ),
    "process": (
        "clone fork vfork execve exit wait4 arch_prctl exit_group waitid unshare rt_tgsigqueueinfo clone3 "
        "execveat pidfd_open pidfd_send_signal setns"
    ),
    "signal": (
        "rt_sigaction rt_sigprocmask rt_sigreturn pause kill rt_sigpending rt_sigtimedwait "
        "rt_sigqueueinfo rt_sigsuspend sigaltstack tkill tgkill signalfd signalfd4 rt_tgsigqueueinfo "
        "pidfd_send_signal"
    ),
}
"""What calls have to do with: descriptors, paths, and so on; a call may be of several.

Source: gdb 13, syscalls/amd64-linux.xml, and the same of calls that it does not know yet.
"""

_X32 = 1 << 30
"""Numbers from here on are those of the x32 ABI.  Source: Linux asm/unistd.h, __X32_SYSCALL_BIT."""


@cache
def _by_number() -> dict[int, str]:
    names = dict(enumerate(_FROM_0.split()))
    names.update(enumerate(_FROM_424.split(), 424))
    return {number: name for number, name in names.items() if name != "-"}


@cache
def _by_name() -> dict[str, int]:
    return {name: number for number, name in _by_number().items()}


def name_of(number: int) -> str:
    """Return the name of a system call, or `syscall_999` for an unknown number."""
    return _by_number().get(number, f"syscall_{number}")


def number_of(name: str | int) -> int:
    """Return the number of a system call given by name or number.

    Raises:
        UsageError: there is no such call; near names are listed.
    """
    if isinstance(name, str):
        found = _by_name().get(name)
        if found is not None:
            return found
    if isinstance(name, int) or (isinstance(name, str) and name.isascii() and name.isdigit()):
        number = int(name) if len(str(name)) < 10 else -1
        if 0 <= number < _X32:
            return number
        raise UsageError(f"no system call has the number {name}")
    if not isinstance(name, str):
        raise UsageError(f"a system call is named by a str or an int, not a {type(name).__name__}")
    import difflib

    near = difflib.get_close_matches(name, _by_name(), 3)
    hint = f"; near: {', '.join(near)}" if near else ""
    raise UsageError(f"no system call named {name!r}{hint}")


def numbers_of(name: str | int) -> tuple[int, ...]:
    """Return the number of a system call, or those of a group: "group:network", or "g:network".

    Raises:
        UsageError: there is no such call or group.
    """
    head, colon, group = name.partition(":") if isinstance(name, str) else ("", "", "")
    if not colon or head not in ("g", "group"):
        return (number_of(name),)
    if group not in _GROUPS:
        raise UsageError(f"no group of system calls named {group!r}: there are {', '.join(_GROUPS)}")
    return tuple(number_of(one) for one in _GROUPS[group].split())


def argument(value: object) -> int:
    """Return an argument of a system call, which is a number: what a pointer leads to is in memory already.

    Raises:
        TypeError: it is no integer.
    """
    if not hasattr(value, "__index__"):
        raise TypeError(
            f"arguments of system calls are integers, not {type(value).__name__}; call() copies texts"
        )
    number: int = value.__index__()
    return number


def names() -> tuple[str, ...]:
    """Return every name, by number."""
    return tuple(_by_number().values())
