"""What must a platform show, and what of it is missing or late?"""
