"""Receipts in spoken words: five common nouns that can be remembered, and left on no device.

Five of 2,048 words are 55 bits. The words are derived from the alerter's nonce under a secret key
of the installation and stored only as a keyed digest, so the table tells nobody a word, and a
retry with the same nonce says the same words again. Pure: keys are handed in.
"""

import hmac
import re

from answerable.kernel.errors import insist

WORDS_PER_RECEIPT = 5
WORD_BITS = 11
ENTROPY_BITS = WORDS_PER_RECEIPT * WORD_BITS
SPOKEN_CHARS_MAX = 200
KEY_BYTES_MIN = 32

_SPEAK = b"answerable/alert-words/v1\x00"
_STORE = b"answerable/alert-words-digest/v1\x00"
_NONCE = b"answerable/alert-nonce-digest/v1\x00"


def spoken(key: bytes, site: str, nonce: str, attempt: int = 0) -> tuple[str, ...]:
    """The words for an alert of that nonce. `attempt` counts up where the words were taken."""
    insist(len(key) >= KEY_BYTES_MIN, "the key of the spoken words has 32 bytes")
    said = f"{site}\x00{attempt}\x00{nonce}".encode()
    bits = int.from_bytes(hmac.digest(key, _SPEAK + said, "sha256"), "big")
    mask = (1 << WORD_BITS) - 1
    return tuple(WORDS[bits >> WORD_BITS * i & mask] for i in range(WORDS_PER_RECEIPT))


def heard(text: str) -> tuple[str, ...] | None:
    """The words somebody typed, whatever stands between them; None if they cannot be a receipt."""
    if len(text) > SPOKEN_CHARS_MAX:
        return None
    words = tuple(re.findall(r"[a-z]+", text.lower()))
    known = len(words) == WORDS_PER_RECEIPT and all(word in _KNOWN for word in words)
    return words if known else None


def words_digest(key: bytes, site: str, words: tuple[str, ...]) -> bytes:
    """32 bytes that find the alert and tell nothing without the key."""
    return hmac.digest(key, _STORE + f"{site}\x00{' '.join(words)}".encode(), "sha256")


def nonce_digest(key: bytes, site: str, nonce: str) -> bytes:
    """32 bytes that recognise a nonce; the nonce itself stands only inside the alert's event."""
    return hmac.digest(key, _NONCE + f"{site}\x00{nonce}".encode(), "sha256")


# Common English nouns of three to nine letters; nothing frightening, nothing that sounds like
# another word of the list, no two that run together into a third.
_LIST = """
abacus acacia academy acorn acrobat actor agate agave agenda airfield airplane airport airship
album alcove alder alfalfa algae algebra alley alloy almanac almond aloe alpaca alphabet amber
amethyst amulet anagram anchor anchovy anemone angle anise anorak antelope antenna anthem anthill
antler anvil aperture apple apricot apron aquarium aqueduct arcade arch archive archway arena
armchair aroma arrival article artist aspect aspen asphalt aster asteroid athlete atlas atoll atom
atrium attic attire auburn audience auger aurora author autumn avenue average avocado awning axis
azalea azure baboon backdrop backpack backyard badge badger bagel bagpipe baguette baker bakery
balance balcony ballad balloon bamboo bandana banjo banquet barber bargain barge barista baritone
barley barn barnacle baron barrel basalt baseball basement basil basin basket bassoon baton
battery bay beacon bead beaker beanie beaver bedrock beehive begonia beige bell belt bench benefit
bergamot bicycle bike binder biology birch birdbath birdcage birthday biscotti biscuit bison
blender blimp bloom blossom bluebell bluebird bluejay boat bobbin bobcat bobsled bonfire bongo
bonnet bonsai bonus book bookcase booklet bookmark boot botanist bottle bouquet bowl bowling box
bracelet bracket bramble branch brass breeze brewer brick bridge broccoli brochure bronze brooch
brook broom broth brown brownie brush bubble bucket buckle buffalo buggy bugle builder bulb
bulletin bullfrog bumper bundle burger burlap burrito butler butter button buzzer cab cabana
cabbage cabinet caboose cactus cadence cafe cake calculus calendar camel camellia campfire
campsite campus canal canary candle canister canoe canopy canteen canvas canyon cap cape capsule
caption car caramel caravan carbon card cardigan cardinal cargo caribou carnival carousel carp
carpet carpool carriage cart carton cascade cashew cashier cashmere castanet castle catalog
catfish cayenne cedar celery cello cement century ceramic ceremony chain chair chalk champion
chapter charcoal chariot chart chassis chateau checkers cheddar cheese cheetah chef chess chestnut
chicken chickpea chime chimney chipmunk chisel chive chorus chowder chrome cider cilantro cinema
cinnamon circle circuit circus citrus city clam clamp clarinet clasp clay clearing clerk cliff
climber clipper cloak closet cloud clove clover coast coaster coat cobalt cobbler cobweb coconut
coffee cog coin colander coleslaw collage college collie colony column comb comedy comet comma
compass composer computer concept concert concrete condor cone confetti conifer convoy cookbook
cookie cookout copper coral corduroy corn corner cornet cornmeal corridor cosmos cottage cotton
cougar counter country county coupon courage courier cove cowbell cowboy cowslip coyote crab
cracker craft crate crayfish crayon cream crepe crescent cress crest cricket crimson crocus
croquet crossbar crossing crouton crowd crown cruiser crumb crumpet crust crystal cube cuff
culture cupboard cupcake curry cursor curtain curve cushion custard cutlery cyan cycle cycling
cylinder cypress daffodil dahlia dairy daisy dance dapple dawn daybreak daydream daylight daylily
debate decade decimal deck deckhand degree delta denim depot desert design designer desk detail
device dewdrop diagram dial dialect dialogue diamond diary digit diner dinghy dingo dinosaur diode
diploma dish disk dispatch display distance diver dividend dock docket dogwood dolphin dome domino
donation donkey doorbell doorknob doorman doormat doorstep doorway doughnut dove downhill downpour
downtown dozen dragon drama drawer drawing dresser driver driveway drizzle drum drumbeat drummer
dryer duck duckling duet dumpling dune dusk duster eagle earmuff earth easel easterly ebony echo
eclair eclipse edge editor effort eggshell egret electron element elephant elevator elixir elkhorn
elm ember emblem emerald emu enamel encore endive energy engine engineer entry envelope episode
equation eraser espresso essay essence estuary evening event example exhibit explorer fable
factory falcon fanfare farm farmer farmland fashion faucet feast feather feature felt fence fennel
fern ferret ferry festival fiber fiddle fiddler field fig figurine filter finch firefly firewood
fishbowl fishpond fjord flagpole flagship flamingo flannel flapjack flask flavor flax fleece flint
floor florist flotilla flywheel focus fog foil folder foliage fondue font football foothill
footpath forest fork forklift formula fortune forum fossil foundry fountain fox fraction frame
freedom freezer freight friction fridge friend frigate frisbee fritter frog frost frosting fuchsia
fudge funnel future gable gadget galaxy galleon gallery gallon garage garden gardener gardenia
garland garlic garment garnet gasket gazebo gear gecko gelato gemstone geranium gerbil geyser
gherkin gibbon gift giftwrap ginger gingham ginseng giraffe glacier glade glance glass glider
glossary glove glue goal goat goggles gold goldfish golf gondola gong goose gopher gosling gourd
grade grammar granary granite granola grape graph graphite grass gravel gravity gravy gray green
greeting griddle grinder grocer grocery group grouse grove growth guava guide guitar gulf gull
gumdrop guppy gust gymnast habit habitat haddock halibut hallway halogen hamlet hammock hamster
handbook handle handrail hangar hanger harbor hardware hardwood harmony harp hat hatch hawk
hawthorn hayloft haystack haze hazel hazelnut headband headland headwind heath heather hedge
hedgehog heirloom helium helmet herald herb heritage hero heron herring hexagon hibiscus hickory
highland highway hiker hill hillside hilltop hinge hippo hobby hockey holiday holly hologram
homeland honey honeybee honeydew honor hood hook hope horizon horn hornbill house hubcap humor
hurdle hut hyacinth hydrogen hyphen ibis ice iceberg icicle icing idea igloo iguana image impala
imprint inch income index indigo ink inkpot inkwell inlet insight insignia inventor iron ironwood
island isotope item ivory ivy jackdaw jacket jackpot jade jaguar jam jamboree jar jasmine jasper
javelin jazz jelly jersey jet jetty jeweler jigsaw jockey jogger jonquil journal journey joystick
jubilee judo jug jukebox jump jumper junction juniper kale kangaroo karate kayak kazoo keel kelp
kestrel ketchup kettle keyboard keychain keyhole keypad keystone kilogram kindling kindness
kingdom kiosk kitchen kite kiwi knapsack knob koala kohlrabi kumquat lab label lacrosse ladder
ladle ladybug lagoon lake lakeside lamp lamppost landmark lane language lantern larch lark
larkspur lasagna laser latch lathe latitude latte lattice laughter laurel lavender lawn layer leaf
league leapfrog lectern legend legume leisure lemming lemon lemonade lemur lens lentil leopard
letter lettuce level lever liberty library lichen licorice lid lifeboat lilac lily limerick linden
linen linoleum lintel lizard llama loaf lobby lobster locker locket lodge loft logbook logic logo
longboat lookout loom lorry lotus lounge lowland lozenge luck lullaby lumber lunch lupin lyric
macaroni macaw machine mackerel magazine magenta magician magnet magpie mahogany mailbox mainland
mainsail majority mallard mallet manager manatee mandala mandarin mandolin mango manor mansion
mantis manual map maple maraca marathon marble margin marigold marina marjoram marker market
marlin marmoset marmot maroon marsh mascot mason masonry mast matchbox matrix mayfly mayor meadow
meatball mechanic medley meerkat melody memo memory menu merchant meringue mesa meteor method
metronome midday middle midnight midsummer milestone milk milkshake mill miller millet mimosa
mineral minnow minute miracle mirror mission mistletoe mitten moccasin mocha mohair molasses
molecule moment mongoose monkey monocle monorail month monument mood moon moonbeam moonlight mop
morsel mosaic moss moth motion motor motorway motto mountain movement muffin mug mulberry mulch
mural museum mushroom musician muskrat mustard myrtle mystery myth napkin narrator narwhal nature
nautilus navigator navy necktie nectar nectarine needle neighbor nest nettle network neutron
newspaper newt nickname nightfall nimbus nitrogen nocturne noodle north northeast notebook notepad
notion nougat novel nozzle nucleus nugget number nutmeg nutshell oak oasis oat oatmeal obelisk
object oboe ocarina ocean ocelot octagon octave octopus office olive omelet omnibus onion onyx
opal opera opinion opossum optician option orange orangutan orbit orca orchard orchestra orchid
oregano organ origin oriole ornament osprey ostrich otter outback outcome outfield outing outline
outpost outrigger oval oven overalls overcoat overpass overture owl oxbow oxide oxygen oyster
paddle padlock page pagoda painter palace palm pampas pamphlet pan panda pansy panther pantry
papaya paper paperclip paprika papyrus parachute parade paragraph parakeet parasol parcel
parchment park parka parlor parrot parsley parsnip particle partner partridge passbook passenger
pasta pastry pasture patchwork path pathway patio pattern pavement pavilion peacock peanut peapod
pebble pecan peg pelican pencil pendulum penguin peninsula pentagon peony pepper pepperoni pergola
periscope persimmon pesto petal petunia pheasant photon physics pianist piano piccolo picket
pickle picnic pigeon piglet pigment pike pilot pinball pine pink pinstripe pinwheel pioneer
pipeline pistachio piston pitcher pixel pizza pizzeria planet plankton plantain plaque plaster
plastic plateau platform platinum platter platypus player playhouse plaza pledge plenty pliers
plug plumage plumber plywood pocket poem poet polka pollen polygon polymer pomelo pond pontoon
pony popcorn poplar poppy popsicle porcelain porch porcupine porpoise porridge port portal porter
porthole portion portrait postbox postcard poster postman potato pothole potluck potter powder
power practice prairie prelude pretzel primer primrose printer prism process professor progress
project prologue promenade promise proof propeller proton proverb prune publisher puck pudding
puddle puffin pulley pullover puma pumice pump pumpkin puree purple purpose pushcart pushpin putty
puzzle pyramid quadrant quail quality quantity quartet question quiche quill quilt quince quiz
quorum rabbit raccoon rack racket radar radiator radio radius raft rafter railway rainbow raincoat
raindrop rainfall raisin rally ramp ranch ranger rapeseed raspberry ratchet ratio rattle raven
ravine ravioli reader reason recipe recorder rectangle redwood reef referee refinery reform region
reindeer relay relish remark reply reservoir resin resort result reunion reward rhapsody rhubarb
rhythm ribbon rice rickshaw riddle ridge rink ripple risotto river riverbed rivet rivulet roadmap
roadside robin robot rock rocket rockpool rodeo roof rooftop roost rooster rope rosebud rosemary
rosewood rotor rotunda routine rover rowboat rubber ruby rucksack rudder rugby ruler rumor runner
runway rust saffron sage sailboat sailcloth sailor salad salmon salsa salt sample sand sandal
sandbar sander sandwich sapling sapphire sardine sash satchel satellite saucer savanna sawdust
sawmill saxophone scaffold scallion scallop scanner scarecrow scarf scarlet schedule scholar
schooner science scientist scissors scone scooter scout scrapbook screen scroll sculpture seabird
seagull seahorse seaport seashell seashore seaside season seaweed section seed seedling seesaw
seltzer semester sensor sequoia serenade series sesame shade shadow shale shamrock shape sharpener
shawl shed sheet shelf shell shepherd sherbet shift shingle ship shipmate shirt shoebox shoelace
shop shore shoreline shovel showroom shrimp shrub shuttle sideboard sidecar sidewalk sieve signal
signpost silkworm silo silver singer skate skater sketch skier skill skillet skipper sky skylight
skyline slalom slate sled sleeve slogan slope sloth smith snail sneaker snooker snorkel snow
snowball snowdrift snowdrop snowfall snowflake snowman snowplow snowshoe soapbox soccer sock
socket soda softball software soil solarium solo sonar sonata song songbird soprano sorrel soup
south southwest souvenir space spade spaghetti spanner spark sparrow spatula spearmint spectacle
spectrum speech sphere spinach spindle spiral spirit sponge spoon spoonbill spotlight spring
sprint sprocket spruce square squash squirrel stable stadium stage staircase stairway stamp
standard stanza stapler star starfish starfruit starlight starling station statue steamboat
steamer steeple stem stencil stew steward stingray stockpot stone stool stopover stopwatch stork
story stove stratus straw stream streamer street string strudel studio stump style submarine
suburb subway success suede sugar sugarcane suitcase summer summit sunbeam sundial sunflower
sunlight sunrise sunroof sunset sunshine sunspot supply surf surfboard surfer surprise surveyor
sushi swallow swan sweater sweetcorn swift swimmer switch swordfish sycamore syllable symphony
symposium syrup table tablet tabletop taco tactic tailor tailwind talent tamarind tangelo
tangerine tango tape tapestry tapir tartan task taxi teacup teakettle teal teammate teapot
teaspoon telegram telegraph telescope tempo tennis tenor terrace terrier textile thatch theater
theme theorem theory thermos thicket thimble thistle thought threshold thrush thumbtack thunder
ticket tidewater tiger tightrope tile tiller timber timer timetable tinfoil tinsel title toad
toast toaster toboggan toffee tofu tollgate tomato toolbox toothpick topaz topiary topic topsoil
torch tortilla tortoise total toucan tourist tower town towpath towrope tractor trademark
tradition trail trailer train trainer tram transit trapeze traveler tray treacle treasure
treasurer treehouse treetop trellis trend trestle triangle tributary tricycle trinket trio tripod
triumph trolley trombone trophy trout trowel truck truffle trumpet trust truth tub tuba tugboat
tulip tuna tundra tune tunic tunnel turbine tureen turkey turmeric turnip turnstile turquoise
turtle tuxedo tweed tweezers twilight twine ukulele umbrella umpire underpass unicorn unicycle
uniform unit unity upland upstairs usher utensil vacation vacuum valley value valve van vanguard
vanilla variety varnish vase vector velocity venue veranda verb verse version vessel viaduct
victory vignette villa village vine vinegar viola violet violin violinist virtue vision visitor
visor vista voltage volume vortex vowel voyage waffle wagon wagtail wainscot walker walkway
wallaby wallpaper walnut walrus waltz warbler warden wardrobe warehouse washboard washer water
waterbird waterfall wax waxwing waypoint weasel weaver wedge weekend welcome welder westerly
wetland whalebone wharf wheat whirlpool whisk whistle white wicker width wildcat wildlife willow
winch wind windbreak windfall window winter wire wisdom wish wishbone wisteria wombat wonder
woodcut woodland woodpile woodshed woodwork wool workbench worksheet workshop world wrapper wreath
wren writer xylophone yacht yachtsman yam yard yardstick yarn yearbook yellow yodel yogurt zebra
zenith zephyr zeppelin zigzag zinc zinnia zipper zither zone zoo zoologist zucchini
"""
WORDS = tuple(_LIST.split())
_KNOWN = frozenset(WORDS)
insist(len(_KNOWN) == len(WORDS) == 1 << WORD_BITS, "the list has 2,048 different words")
