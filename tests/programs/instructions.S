/* One instruction of each class that displacing has to get right; `at_*` names each, the exit code is the
   number of the first result that is wrong, 0 when all are right.  Every label is passed twice. */
        .intel_syntax noprefix
        .text
        .globl main
        .type main, @function
main:
        push rbp
        mov rbp, rsp
        push rbx
        push r12
        mov r12d, 2
again:
        mov ebx, 1
        .globl at_call
at_call: call leaf                      /* call rel32 */
        cmp eax, 5
        jne wrong
        inc ebx
        lea rcx, [rip + leaf]
        .globl at_call_register
at_call_register: call rcx
        cmp eax, 5
        jne wrong
        inc ebx
        sub rsp, 16
        lea rcx, [rip + leaf]
        mov [rsp + 8], rcx
        .globl at_call_stack
at_call_stack: call [rsp + 8]           /* the operand is read with the rsp of before */
        add rsp, 16
        cmp eax, 5
        jne wrong
        inc ebx
        .globl at_call_memory
at_call_memory: call [rip + leaf_pointer]
        cmp eax, 5
        jne wrong
        inc ebx
        xor eax, eax
        .globl at_jump
at_jump: jmp forward                    /* jmp */
        mov eax, 1
forward:
        test eax, eax
        .globl at_branch_taken
at_branch_taken: je taken               /* jcc, taken */
        jmp wrong
taken:  inc ebx
        cmp eax, eax
        .globl at_branch_not
at_branch_not: jne wrong                /* jcc, not taken */
        nop
        .globl at_lea
at_lea: lea rax, [rip + number]         /* rip-relative address */
        cmp qword ptr [rax], 77
        jne wrong
        inc ebx
        .globl at_load
at_load: mov rax, [rip + number]        /* rip-relative load */
        cmp rax, 77
        jne wrong
        inc ebx
        mov ecx, 3
        xor eax, eax
looping: inc eax
        .globl at_loop
at_loop: loop looping                   /* loop */
        cmp eax, 3
        jne wrong
        inc ebx
        xor ecx, ecx
        .globl at_jrcxz
at_jrcxz: jrcxz zero                    /* jrcxz, taken */
        jmp wrong
zero:   inc ebx
        lea rdi, [rip + buffer]
        mov ecx, 64
        mov al, 0x5a
        .globl at_rep
at_rep: rep stosb                       /* rep: one hit, not 64 */
        test ecx, ecx
        jne wrong
        inc ebx
        clc
        .globl at_pushf
at_pushf: pushfq                        /* pushf must not show TF */
        pop rax
        test eax, 0x100
        jne wrong
        inc ebx
        mov eax, 39
        .globl at_syscall
at_syscall: syscall                     /* getpid: rcx = the address behind it */
        lea rdx, [rip + behind]
behind_syscall:
        inc ebx
behind: push rax
        .globl at_pop
at_pop: pop rcx
        cmp rcx, rax
        jne wrong
        inc ebx
        call self_loop
        cmp eax, 4
        jne wrong
        dec r12d
        jne again
        xor ebx, ebx
wrong:  mov eax, ebx
        pop r12
        pop rbx
        pop rbp
        ret
        .size main, . - main

        .globl leaf
        .type leaf, @function
leaf:   mov eax, 5
        .globl at_ret
at_ret: ret
        .size leaf, . - leaf

        .globl self_loop
        .type self_loop, @function
self_loop:
        mov ecx, 3
        mov eax, 4
        .globl at_self
at_self: loop at_self                   /* a branch to itself: three passes a call */
        ret
        .size self_loop, . - self_loop

        .data
leaf_pointer: .quad leaf
number: .quad 77
        .bss
buffer: .skip 64
        .section .note.GNU-stack, "", @progbits
