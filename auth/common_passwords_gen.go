//go:build ignore

// Makes common_passwords.txt.gz: the passwords that guessers try first, worked out from what people do
// rather than copied from a leak. The output depends on this file alone.
package main

import (
	"bytes"
	"compress/gzip"
	"log"
	"os"
	"strings"
)

const (
	size     = 10_000
	shortest = 8 // shorter ones fail the length rule anyway
)

// top are words that lead every such list, in all their forms.
const top = `password passwort passw0rd admin administrator welcome letmein login master qwerty qwertz azerty
secret iloveyou loveyou monkey dragon sunshine princess football baseball superman batman trustno changeme default
access hello shadow michael jordan test testing guest user root system server computer internet google facebook
whatever starwars freedom summer winter spring autumn company office temp temporary pass love abc qwer asdf zxcv`

// words are common nouns, names, teams, places and endearments.
const words = `account action adventure airplane alabama alaska alexander alexandra alexis alice alison amanda amazing
amber america anderson andrea andrew angela angels animal anthony antonio apollo apple apples april arizona arsenal
arthur ashley asshole atlanta august austin australia awesome babygirl banana barbara barcelona barney baseball
basketball beach beatles beautiful beauty believe benjamin berlin bigdaddy birthday biteme blackcat blessed blessing
blonde blossom blue bluebird bonjour boomer booster boston brandon brandy brasil brazil brittany brooklyn brother
bubbles buddy bulldog business buster butter butterfly california calvin camaro cameron canada candle candy captain
carlos carolina caroline casper catherine celtic champion chance charles charlie charlotte cheese chelsea cherry
chester chicago chicken chocolate chris christian christina christine christmas christopher cinnamon claudia cocacola
coffee college colorado compaq connect cookie cookies cooper corvette country courtney cowboy cowboys creative cricket
cristina crystal daddy daisy dallas daniel daniela danielle darling david december denise denver desire detroit diamond
diesel digital direction disney doctor dolphin dolphins dorothy dragons dream dreams driver eagles edward einstein
elephant elizabeth emily england enterprise eternity europe everton everything family fantasy ferrari finance fishing
florida flower flowers forever france francis francisco frank freddy french friday friend friends froggy fucking
fuckyou gabriel games garden garfield gateway george georgia germany giants ginger giovanni global goldfish gordon
grace grandma green guitar hammer hannah happiness happy hardcore harley harrison hawaii heather heaven helena helpme
hockey holiday holland honey horses hotdog houston hunter iceman iloveme iloveu india indiana infinity isabella italy
jackson jaguar jamaica james january japan jasmine jason jasper jennifer jeremy jessica jesus jesuschrist johnny
jonathan joseph joshua juliana julie july june junior justice justin karen katherine kathleen katie kawasaki kelly
kenneth kevin killer kimberly kingdom kitten kitty knight kristina lakers laura lauren legend leonardo liberty lightning
liverpool lizard london looking lovely lover loverboy lovers lucky maddison madison madrid maggie magic manchester
manager margaret maria mariana marie marina marine marlboro marseille martin martina matrix matthew maverick maxwell
melanie melissa mercedes merlin metallica mexico miami michelle mickey midnight miller minecraft miracle mississippi
monday money monica monster montana morgan morning mother mountain movies muffin music mustang naruto natalia natalie
natasha newlife newyork nicholas nicole nirvana nothing november number nursing october oliver olivia orange orlando
overlord packers pakistan paradise paris parker party patricia patrick peaches peanut penguin pepper perfect peter
phoenix picture pictures piglet pineapple pirate player please pokemon police poohbear popcorn porsche portugal power
precious preston prince private public pumpkin puppy purple pussycat rabbit rachel radio raiders rainbow ranger rangers
raymond rebecca red redskins redsox regina remember richard robert roberto rocket rocky rolltide ronaldo rosebud russia
samantha samsung sandra santiago saturday saturn school scooby scorpion scotland scott sebastian september service
sexy shannon sharon shelby sherlock shopping silver simple simpson simpsons singer skater skyline slayer slipknot
smile smokey snickers snoopy snowball snowman soccer softball soldier sophia sophie spanish sparky special spider
spiderman spongebob squirrel starlight stars steelers stella stephanie stephen steven sticky strawberry student success
sugar sunday sunflower sunset super superstar support susan sweet sweetheart sweetie sydney tamara target taylor teacher
teddybear teresa texas theresa thomas thunder thursday tiffany tigers tigger timothy tinkerbell together tottenham toyota
trinity trouble tuesday turtle twilight united universe valentina vanessa vanilla venezuela veronica victor victoria
victory viking vincent violet virginia volleyball walter warcraft warrior warriors water watermelon wednesday weekend
wesley whisky white wildcat wildcats william williams willow windows winner winston wisdom wizard wolverine wonder
xavier yamaha yankees yellow yourmom zachary zombie bailey basket black bond boss brown cat chef city cloud dakota dog
eagle earth falcon father fire fish fuck gold hiphop honda house jack jake jenny john king lion luke mark max mike moon
nick ocean paul peace pink queen ricky river rose ruby ryan sam sarah sasha simon sky snow star steve storm sun tiger
tom tyler wolf bitch dude money1 baby angel cool rock stupid viper mamma bismillah krishna ganesh mahalo senha contrasena
motdepasse parola salasana haslo geheim hallo schatz sommer fussball bonita hermosa mariposa chocolat soleil doudou amore
juventus teiubesc natalka marcin misiek kochanie karolina galatasaray fenerbahce besiktas samurai pikachu tokyo`

// walks are read off keyboards.
const walks = `qwertyuiop qwertyui qwertyuio asdfghjkl asdfghjk zxcvbnm zxcvbnm1 1qaz2wsx 1qazxsw2 qazwsxedc qazwsx12 qazwsx123
1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4 q1w2e3r4t5 zaq12wsx zaq1xsw2 zaq1zaq1 qweasdzxc qweasd123 qweasdzx qwe123qwe
qweqweqwe asdasdasd zxczxczxc asdfasdf asdf1234 asdfqwer qwerasdf qwer1234 qwert123 qwert12345 qwerty12 qwertyqwerty
qwertz123 qwertzuiop qwertzui azertyuiop azerty123 azertyui 1234qwer 12345qwert 123qweasd 123qwe123 123qweasdzxc
qaz123wsx wsxedcrfv edcrfvtgb poiuytrewq poiuytre lkjhgfdsa lkjhgfds mnbvcxz1 0987654321 09876543 987654321 9876543210
87654321 76543210 1qaz1qaz 2wsx3edc 3edc4rfv 4rfv5tgb !qaz2wsx !qaz@wsx 1qaz@wsx !@#$%^&* !@#$%^&*() q1q1q1q1 a1b2c3d4
a1b2c3d4e5 abc12345 abcd1234 abcde123 abcdef12 abcdefgh abcdefghi abcdefghij abcdefg1 abc123abc abcabcabc aaa111aa
aa123456 a1234567 a12345678 a123456789 q1234567 q12345678 z1234567 1234567a 12345678a 123456789a 123456abc 12345abc
1234abcd 123abc123 123456aa 123456qq zxcv1234 zxcvbn12 zxcvbnmm asdfghjkl1 1asdfghjkl qwertyu1 1qwertyu p@ssw0rd
p@ssword p@55w0rd pa$$w0rd pa55word pa55w0rd passw0rd passwd123 pass1234 pass12345 pass123456 letmein1 letmein!
trustno1 iloveyou2 ncc1701d ncc1701e 4815162342 31415926 314159265 27182818 20202020 11223344 1122334455 112233445566
123123123 123321123 12341234 12344321 123454321 1234554321 123456123 123456654321 147258369 147852369 159357159 159753159
159753456 741852963 789456123 963852741 102030405 10203040 112358132 1029384756 121212121 12312312 13131313 14141414
13579246 24681012 1357924680 12345687 123456788 1234567890 12345678910 123456789123 1234567891 12345679 12345670
00112233 01234567 012345678 0123456789 001122334455 99887766 998877665544 55443322 66778899 98765432 01020304 10101010`

// endings are what people add when a rule wants a digit or a sign, the usual first.
var endings = strings.Fields(`1 123 12 1234 ! 12345 01 2 11 7 3 69 99 22 23 13 10 5 00 007 21 77 88 666 111 321 007! 1! 123!
2024 2025 2026 2023 2022 2021 2020 2019 2018 2010 2000 123456 1990 1991 1985 1987 1989 1995 1998 1999 . @123 @1 _1 123. 4 8 9 0 6
33 44 55 66 14 15 16 17 18 19 20 24 25 101 100 420 777 911 1980 1984 1986 1988 1992 1993 1994 1996 1997 2001 2002 2003`)

type list struct {
	lines []string
	seen  map[string]bool
}

func (l *list) add(word string) {
	word = strings.ToLower(word)
	if len(word) >= shortest && len(l.lines) < size && !l.seen[word] {
		l.seen[word] = true
		l.lines = append(l.lines, word)
	}
}

func main() {
	l := &list{seen: map[string]bool{}}
	runs(l)
	for _, word := range strings.Fields(walks) {
		l.add(word)
	}
	repeats(l)
	variants(l, strings.Fields(top), endings)
	dates(l)
	// Breadth first: every word with the most usual ending before any word with a rare one.
	all := strings.Fields(words)
	variants(l, all, nil)
	for _, ending := range endings {
		for _, word := range all {
			l.add(word + ending)
		}
	}
	if err := write(l.lines); err != nil {
		log.Fatal(err)
	}
}

// runs are pieces of a row of keys or of the alphabet, forwards and backwards.
func runs(l *list) {
	for _, row := range []string{"012345678901234567890", "098765432109876543210", "abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba", "qwertyuiopasdfghjklzxcvbnm"} {
		for n := shortest; n <= 12; n++ {
			for start := 0; start+n <= len(row) && start < 10; start++ {
				l.add(row[start : start+n])
			}
		}
	}
}

// repeats are one short piece over and over: "aaaaaaaa", "12121212", "abcabcabc".
func repeats(l *list) {
	const signs = "0123456789abcdefghijklmnopqrstuvwxyz"
	for _, c := range signs {
		for n := shortest; n <= 12; n++ {
			l.add(strings.Repeat(string(c), n))
		}
	}
	for _, a := range "0123456789" {
		for _, b := range "0123456789" {
			l.add(strings.Repeat(string(a)+string(b), 4))
			l.add(strings.Repeat(string(a), 4) + strings.Repeat(string(b), 4))
		}
	}
}

// variants are a word alone, doubled, in the usual disguises, and with each ending.
func variants(l *list, words, endings []string) {
	disguises := []*strings.Replacer{
		strings.NewReplacer("o", "0"), strings.NewReplacer("a", "@"), strings.NewReplacer("a", "4", "e", "3", "i", "1", "o", "0"),
		strings.NewReplacer("a", "@", "o", "0"), strings.NewReplacer("s", "$"), strings.NewReplacer("i", "1"), strings.NewReplacer("e", "3"),
	}
	for _, word := range words {
		l.add(word)
		l.add(word + word)
		for _, disguise := range disguises {
			l.add(disguise.Replace(word))
		}
		for _, ending := range endings {
			l.add(word + ending)
			l.add(disguises[3].Replace(word) + ending)
		}
	}
}

// dates are a year twice, and the first and last day of years in which people were born.
func dates(l *list) {
	for year := 1960; year <= 2012; year++ {
		y := string([]byte{byte('0' + year/1000), byte('0' + year/100%10), byte('0' + year/10%10), byte('0' + year%10)})
		l.add(y + y)
		l.add("0101" + y)
		l.add(y + "0101")
		l.add("3112" + y)
		l.add("1231" + y)
	}
}

func write(lines []string) error {
	var b bytes.Buffer
	zip, err := gzip.NewWriterLevel(&b, gzip.BestCompression) // no name, no time: the same bytes every time
	if err != nil {
		return err
	}
	if _, err := zip.Write([]byte(strings.Join(lines, "\n") + "\n")); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	log.Printf("%d passwords, %d bytes", len(lines), b.Len())
	return os.WriteFile("common_passwords.txt.gz", b.Bytes(), 0o644)
}
