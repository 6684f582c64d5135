# The units. What is generated knows where the daemon is installed.
EXTRA_DIST += systemd/callmeterd.service.in
CLEANFILES += systemd/callmeterd.service

systemd/callmeterd.service: systemd/callmeterd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) systemd && \
	$(SED) -e 's|@sbindir[@]|$(sbindir)|g' $(srcdir)/systemd/callmeterd.service.in >$@.tmp && \
	mv $@.tmp $@

SOCKET_UNITS = \
	systemd/callmeter-control.socket \
	systemd/callmeter-ingest.socket \
	systemd/callmeter-query.socket

EXTRA_DIST += $(SOCKET_UNITS) \
	systemd/sysusers.d/callmeter.conf systemd/tmpfiles.d/callmeter.conf

if INSTALL_UNITS
systemdsystemunit_DATA = $(SOCKET_UNITS)
systemdsystemunit_DATA += systemd/callmeterd.service
endif
if INSTALL_SYSUSERS
sysusers_DATA = systemd/sysusers.d/callmeter.conf
endif
if INSTALL_TMPFILES
tmpfiles_DATA = systemd/tmpfiles.d/callmeter.conf
endif
