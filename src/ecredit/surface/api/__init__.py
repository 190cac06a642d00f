"""How do machines reach it?"""
