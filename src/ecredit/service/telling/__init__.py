"""What the city tells the public: cases, models, warnings, campaigns."""
