"""What the pytest plugin and the unittest mixin share."""
