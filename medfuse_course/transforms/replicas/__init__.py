"""Transforms exactly as published toolboxes compute them: evidence that results can be reproduced, not for teaching."""
