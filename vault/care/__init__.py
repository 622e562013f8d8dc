"""Care of a vault: erased, rotated, backed up, restored and looked at by the doctor."""
