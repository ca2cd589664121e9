"""Common forenames of some thirty countries: a column of words in which they abound holds names of persons."""

from __future__ import annotations

__all__ = ["FORENAMES"]

_LISTED = """
james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony
mark donald steven paul andrew joshua kenneth kevin brian george edward ronald timothy jason jeffrey
ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory frank
alexander raymond patrick jack dennis jerry tyler aaron jose henry adam douglas nathan peter zachary
kyle walter harold jeremy ethan carl keith roger gerald christian terry sean arthur lawrence jesse dylan
bryan joe jordan billy bruce albert willie gabriel alan juan logan wayne ralph roy eugene randy vincent
russell louis philip bobby johnny bradley mary patricia jennifer linda elizabeth barbara susan jessica
sarah karen lisa nancy betty margaret sandra ashley kimberly emily donna michelle carol amanda dorothy
melissa deborah stephanie rebecca sharon laura cynthia kathleen amy angela shirley anna brenda pamela
emma nicole helen samantha katherine christine debra rachel carolyn janet catherine maria heather diane
ruth julie olivia joyce virginia victoria kelly lauren christina joan evelyn judith megan andrea cheryl
hannah jacqueline martha gloria teresa ann sara madison frances kathryn janice jean abigail alice julia
judy sophia grace denise amber doris marilyn danielle beverly isabella theresa diana natalie brittany
charlotte marie kayla alexis lori hans klaus wolfgang jürgen heinz uwe stefan andreas matthias markus
florian lukas felix maximilian sebastian jan tobias franz josef karl johann georg ursula monika petra
sabine renate ingrid heike birgit claudia katharina lena lea johanna magdalena eva elisabeth pierre
jacques michel philippe alain bernard françois nicolas antoine julien mathieu camille chloé manon léa
sophie isabelle nathalie sylvie valérie carlos luis antonio manuel francisco javier miguel alejandro
pablo sergio fernando carmen josefa isabel dolores pilar lucia giovanni giuseppe marco luca matteo
francesco giulia chiara francesca elena paola mohammed muhammad ahmed ali omar fatima aisha yusuf
ibrahim hassan hussein mehmet ayse wei li ming yan hiroshi takashi yuki kenji akira haruto sakura priya
raj amit anil sunil rahul sanjay anita deepa kavita ivan dmitri sergei vladimir natasha olga tatiana
svetlana piotr andrzej krzysztof agnieszka lars erik nils olav astrid karin bjorn sven joão pedro tiago
rui ana beatriz liam noah mason lucas mia ava amelia harper oliver elijah aiden caleb owen luke isaac
gavin connor evan ella zoe lily chloe leah max leo hugo oscar theodore clara rosa ida elsa agnes edith
ernest alfred frederick herbert percy edgar florence mabel ethel bertha margit bridget kate nora
"""
FORENAMES = frozenset(_LISTED.split())
"""In small letters."""
