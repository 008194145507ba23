"""Residents and housing (住户住房管理, rows 1.1-1.7): areas, buildings, rooms, and the people, pets and vehicles in them."""
