"""The head phantom: real anatomy, synthesized skull and scalp, four modalities, known truth.

`anatomy` holds the template, `shape` the head around it, `tissues` the values, `scan` the images, `pairs` what
`load_pair` gives.
"""
