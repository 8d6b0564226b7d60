"""Methods exactly as published toolboxes compute them: what stands behind ``profile="toolbox"``.

They are evidence that results can be reproduced, not for teaching. The methods themselves are in `methods.classical`.
"""
