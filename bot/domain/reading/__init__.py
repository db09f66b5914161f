"""What of a page or a scraped text is article: furniture, captions, walls, pieces of other stories."""
