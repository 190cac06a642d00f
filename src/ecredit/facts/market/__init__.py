"""What was ordered, paid, shipped and said? The columnar lake of trade."""
