"""Input layers: raw content -> what the first layer of the notation sees. Part of the network and of its file."""
