"""What are the words? Codes, dates, periods, working days, masking, the error root."""
