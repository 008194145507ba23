"""The enquiry (综合查询, row 1.8): over every kind of record that the registry holds, as list, statistics and chart."""
