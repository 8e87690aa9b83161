"""Who is who: schools, classes and pupils over sheets and exams."""
