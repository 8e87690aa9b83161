"""Exam-quality reports: score sheets in, city and school reports out, every number with its uncertainty."""
