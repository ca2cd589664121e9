"""Scales: words whose order everybody knows, from low to high."""

from __future__ import annotations

__all__ = ["LETTERS", "RANKS", "ROMAN"]

# One scale a line: places between bars, words of the same place between slashes.
_SCALES = """
none/no|minimal/negligible|very low/lowest/extremely low|low/gering/niedrig/bajo/faible
  |lower medium/below average|medium/mid/middle/moderate/med/average/normal/mittel/medio/moyen
  |upper medium/above average|high/hoch/alto/eleve/élevé|very high/highest/sehr hoch|extreme/extremely high
  |critical/urgent|blocker
none|minimal|mild/slight/minor/light|moderate/medium|serious/major|severe/heavy|very severe|critical/extreme
  |fatal/catastrophic/death
awful/terrible/very poor/very bad/horrible|poor/bad/po|fair/below average/fa|average/typical/ta/ok/okay/mediocre
  |good/gd/above average|very good/great|premium|excellent/ex/outstanding/superior/exceptional|ideal/perfect
xxxs/3xs|xxs/2xs|xs/extra small|s/small/sm|m/medium/med/md|l/large/lg|xl/extra large|xxl/2xl|xxxl/3xl|4xl|5xl
tiny/very small/mini|small/klein|medium/mid/mittel|large/big/gross/groß|very large/huge/extra large
  |giant/enormous
never/nie|almost never/hardly ever|rarely/seldom/selten|occasionally|sometimes/manchmal
  |frequently/often/oft/usually|very often/almost always|always/immer
never|less than yearly|yearly/annually/annual|semiannually|quarterly|monthly|fortnightly/biweekly|weekly|daily
  |hourly
strongly disagree|disagree|somewhat disagree/slightly disagree
  |neutral/neither/neither agree nor disagree/undecided|somewhat agree/slightly agree|agree|strongly agree
very dissatisfied|dissatisfied/unsatisfied|somewhat dissatisfied|neutral/neither/indifferent|somewhat satisfied
  |satisfied|very satisfied
very unlikely|unlikely|neutral/possible/possibly|likely/probable|very likely|certain/almost certain
not important/unimportant|slightly important|somewhat important/moderately important|important|very important
  |extremely important/essential
very negative|negative|neutral|positive|very positive
very easy|easy|medium/moderate/normal|hard/difficult|very hard/expert/very difficult
novice/beginner/basic/elementary|intermediate|advanced/proficient|expert/master/native
intern/trainee|junior/entry/entry level|mid/middle/intermediate/mid level|senior|lead/staff|principal|director
  |executive
bronze|silver|gold|platinum|diamond
freezing|very cold|cold|cool|mild|warm|hot|very hot
very slow|slow|medium/moderate/normal|fast|very fast
very short|short|medium/average|long/tall|very long/very tall
very light|light|medium|heavy|very heavy
very weak|weak|medium/moderate|strong|very strong
newborn|infant/baby|toddler|child|teen/teenager/adolescent|young adult|adult|middle aged|senior/elderly/old
young|middle aged/middle/adult|old/elderly/senior
underweight|normal/normal weight|overweight|obese|severely obese
fail|pass|merit|distinction
lower|middle|upper
minimum|medium|maximum
free|basic|standard|plus|premium|pro|enterprise|ultimate
none/no schooling/illiterate|preschool|1st 4th|5th 6th|7th 8th|9th|10th|11th|12th|hs grad/high school
  |some college|assoc voc|assoc acdm|bachelors|masters|prof school|doctorate
none/no schooling/no formal education|preschool/kindergarten|primary/elementary/primary school/elementary school
  |middle school/junior high|some high school
  |secondary/high school/hs/secondary school/high school graduate/hs grad|vocational/some college
  |associate/associates/associate degree|tertiary/undergraduate/college/college graduate
  |bachelor/bachelors/bachelor's/bachelor's degree/bachelor degree|postgraduate/graduate school
  |master/masters/master's/master's degree/master degree|phd/doctorate/doctoral/ph d/doctoral degree
i1|si2|si1|vs2|vs1|vvs2|vvs1|if
first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth
i|ii|iii|iv|v|vi|vii|viii|ix|x
d|c|cc|ccc-|ccc|ccc+|b-|b|b+|bb-|bb|bb+|bbb-|bbb|bbb+|a-|a|a+|aa-|aa|aa+|aaa
"""
RANKS: tuple[dict[str, int], ...] = tuple(
    {word: rank for rank, words in enumerate(scale.split("|")) for word in words.split("/")}
    for scale in _SCALES.strip().replace("\n  |", "|").splitlines()
)
"""Rank of every word, by scale."""
ROMAN, LETTERS = RANKS[-2:]
"""Roman numerals, and the letters of ratings: whether they are such must be seen from the column."""
