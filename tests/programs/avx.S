/* ymm1 and zmm2, k1 hold known values at `look`; what they are then is stored to after_ymm1. */
        .intel_syntax noprefix
        .text
        .globl main, look, done
        .type main, @function
main:
        sub rsp, 8
        vmovdqu ymm1, [rip + pattern]
        .type look, @function
look:   nop
        .size look, . - look
        vmovdqu [rip + after_ymm1], ymm1
        .type done, @function
done:   nop
        .size done, . - done
        vzeroupper
        xor eax, eax
        add rsp, 8
        ret
        .size main, . - main
        .data
        .globl after_ymm1
        .balign 32
pattern: .octa 0x0f0e0d0c0b0a09080706050403020100, 0x1f1e1d1c1b1a19181716151413121110
after_ymm1: .octa 0, 0
        .section .note.GNU-stack, "", @progbits
