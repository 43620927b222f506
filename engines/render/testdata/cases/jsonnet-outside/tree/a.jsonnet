import "../../etc/passwd"
