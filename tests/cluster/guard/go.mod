module mlopsc.invalid/guard

go 1.26.0
