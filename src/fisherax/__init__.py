"""fisherax: how much does your data say about your parameters?"""
