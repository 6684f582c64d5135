libcallmeter_core_la_SOURCES += \
	src/net/listener.c src/net/listener.h \
	src/net/peer.c src/net/peer.h
