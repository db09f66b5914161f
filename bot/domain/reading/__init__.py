"""What of a page or a scraped text is article: furniture, captions, credits, walls, and pieces of other stories."""
