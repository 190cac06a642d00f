"""Who acts, by what right, and what did they do?"""
