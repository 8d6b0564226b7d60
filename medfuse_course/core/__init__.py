"""What every other package may use: checks, registry, types, filters, files, randomness, device, profile.

Nothing here knows what a modality, a method or a metric is, and nothing here imports torch unless asked for a device.
"""
