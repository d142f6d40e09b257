// The finished guest image as data, so that neither the addon nor diecast-launch has to find it in the file system.
        .section .rodata
        .balign 4096
        .globl  dc_guest_image_begin, dc_guest_image_end
        .hidden dc_guest_image_begin, dc_guest_image_end
dc_guest_image_begin:
        .incbin GUEST_IMAGE
dc_guest_image_end:
        .byte   0
        .section .note.GNU-stack, "", @progbits
