// placeholder so that the dependencies build
