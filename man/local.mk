# man
dist_man_MANS += man/callmeter-views.7
dist_man_MANS += man/callmeter.1
dist_man_MANS += man/callmeterd.8 man/callmeter.conf.5
