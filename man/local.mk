# man
dist_man_MANS += man/callmeter-views.7
dist_man_MANS += man/callmeter.1
