"""What may everyone see, until when?"""
