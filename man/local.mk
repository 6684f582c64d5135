# man
dist_man_MANS += man/callmeter-views.7
