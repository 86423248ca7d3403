"""The change network: how its photos are made, how it is trained, calibrated and shipped."""
