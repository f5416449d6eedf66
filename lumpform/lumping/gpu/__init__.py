"""Refines and certifies on a CUDA card: one file of kernels, `kernels.cu`, and one host program.

`card` and `simulator` are the devices that it runs on, and `find` chooses between them; `refine` does the rounds,
`proof` the certificate, `engine` what `lump` calls.
"""
