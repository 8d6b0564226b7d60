"""The thorax phantom: CT and FDG-PET of a synthetic chest with lung lesions, known truth.

`planning` draws a patient, `frame`, `bones`, `organs` and `vessels` are the parts, `shape` puts them together,
`tissues` holds the values, `scan` and `volumes` the images, `pairs` what `load_pair` gives, `regions` where organs lie.
"""
