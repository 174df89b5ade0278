"""How fast this machine is: mail that is made, or the caller's, and what it is held against.

`signed_mail` and `list_mail` make mail, `corpus` archives of it, `measuring` runs them, and `peer`
asks OpenSSL's command, where there is one. `benches/` of the project makes its archives here too.
"""
