"""Documents that people sign: offered by other rooms, signed with a person's own certificate, checked by anybody."""
