"""How reports are shown: on the screen, as charts, in workbooks, on paper."""
