# sources of src/net
