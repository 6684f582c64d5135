# What is read beside the man pages.
dist_doc_DATA += README.md docs/ADDING_A_VENDOR.md docs/ARCHITECTURE.md docs/PROTOCOL.md
