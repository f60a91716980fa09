/* Stops at `look`; whatever is in the registers then is stored, each by the instruction that knows it, and
   `done` follows.  -DAVX stores ymm0-15, -DAVX512 zmm0-31 and k0-7; -DMMX the MMX registers. */
        .intel_syntax noprefix
        .text
        .globl main, look, done
        .type main, @function
main:
        push rbp
        push rbx
        push r12
        push r13
        push r14
        push r15
        sub rsp, 8
        mov [rip + kept_rsp], rsp
        .type look, @function
look:   nop
        .size look, . - look
        .irp register, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
        mov [rip + stored_\register], \register
        .endr
        mov rax, fs:[0]
        mov [rip + stored_fs_base], rax
        mov rax, gs:[0]
        mov [rip + stored_gs_base], rax
        pushfq
        pop [rip + stored_eflags]
#ifdef MMX
        .irp n, 0, 1, 2, 3, 4, 5, 6, 7
        movq [rip + mmx + 8 * \n], mm\n
        .endr
#else
        fxsave64 [rip + fx]
#endif
        .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        movups [rip + xmm + 16 * \n], xmm\n
#ifdef AVX
        vmovups [rip + ymm + 32 * \n], ymm\n
#endif
        .endr
#ifdef AVX512
        .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        vmovups [rip + zmm + 64 * \n], zmm\n
        .endr
        .irp n, 0, 1, 2, 3, 4, 5, 6, 7
        kmovq [rip + masks + 8 * \n], k\n
        .endr
#endif
        .type done, @function
done:   nop
        .size done, . - done
        cld
        fninit
        xor eax, eax
        add rsp, 8
        pop r15
        pop r14
        pop r13
        pop r12
        pop rbx
        pop rbp
        ret
        .size main, . - main
        .bss
        .balign 64
        .globl fx, xmm, ymm, zmm, masks, mmx, kept_rsp, stored_fs_base, stored_gs_base, stored_eflags
fx:     .skip 512
xmm:    .skip 16 * 16
ymm:    .skip 32 * 16
zmm:    .skip 64 * 32
masks:  .skip 8 * 8
mmx:    .skip 8 * 8
kept_rsp: .skip 8
stored_fs_base: .skip 8
stored_gs_base: .skip 8
stored_eflags: .skip 8
        .irp register, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
        .globl stored_\register
stored_\register: .skip 8
        .endr
        .section .note.GNU-stack, "", @progbits
