"""Leads of forged trade: found again from run to run, looked at by officers, confirmed or dismissed."""
