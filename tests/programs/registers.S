/* Known values in every register at `look`; the registers as they are afterwards go to `after_*`. */
        .intel_syntax noprefix
        .text
        .globl main, look, done
        .type main, @function
main:
        push rbp
        mov rbp, rsp
        push rbx
        push r12
        sub rsp, 16
        finit
        fld1
        fldpi
        mov eax, 3
        movq xmm0, [rip + one]
        movdqu xmm1, [rip + pattern]
        pcmpeqd xmm15, xmm15
        mov rbx, 0x1111111111111111
        mov rcx, 0x2222222222222222
        mov rdx, 0x3333333333333333
        mov rsi, 0x4444444444444444
        mov rdi, 0x5555555555555555
        mov r8, 0x8888888888888888
        mov r9, 0x9999999999999999
        mov r10, 0xaaaaaaaaaaaaaaaa
        mov r11, 0xbbbbbbbbbbbbbbbb
        mov r12, 0xcccccccccccccccc
        mov rax, 0x8877665544332211
        stc
        .type look, @function
look:   nop
        .size look, . - look
        mov [rip + after_rax], rax
        mov [rip + after_r12], r12
        movdqu [rip + after_xmm1], xmm1
        fstp qword ptr [rip + after_st0]
        setc [rip + after_carry]
        .type done, @function
done:   nop
        .size done, . - done
        xor eax, eax
        add rsp, 16
        pop r12
        pop rbx
        pop rbp
        ret
        .size main, . - main
        .data
        .globl after_rax, after_r12, after_xmm1, after_carry, after_st0
        .balign 16
pattern: .octa 0x0f0e0d0c0b0a09080706050403020100
one:    .quad 0x3ff0000000000000
after_xmm1: .octa 0
after_rax: .quad 0
after_r12: .quad 0
after_st0: .quad 0
after_carry: .byte 0
        .section .note.GNU-stack, "", @progbits
