"""What can a subject carry to a bank, and how does anybody check that it is what was issued?"""
