"""What does every request pass, and how is the platform's health asked?"""
