"""Pictures of every kind that a folder may hold, and the bytes that Pillow makes of them.

    python -m venv venv && venv/bin/pip install pillow==13.0.0 numpy
    venv/bin/python test/parity/make-pictures.py

Writes test/parity/pictures/*; expected.json says which preparation gives which bytes (base64).
"""
import base64, io, json, os, struct, zlib
import numpy as np
from PIL import Image, ImageOps, __version__

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'pictures')
os.makedirs(here, exist_ok=True)
rng = np.random.default_rng(13)
W, H = 21, 14


def scene(width=W, height=H):
    """Smooth colours, sharp edges and noise: filters and rounding show."""
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([x * 255 // (width - 1), y * 255 // (height - 1), (x * 37 + y * 91) % 256], axis=-1)
    rgb[3:7, 4:9] = [200, 30, 60]
    rgb[8:12, 10:18] = [20, 180, 90]
    return (rgb + rng.integers(-9, 10, rgb.shape)).clip(0, 255).astype(np.uint8)


def save(name, image, **options):
    image.save(os.path.join(here, name), **options)


def png_chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def png16(name, samples, colour):
    """Pillow writes no 16-bit RGB: [height, width, channels] of uint16, with the filters 0 to 4 in turn."""
    height, width, channels = samples.shape
    rows, before = [], np.zeros(width * channels * 2, np.uint8)
    size = 2 * channels
    for y in range(height):
        row = np.frombuffer(samples[y].astype('>u2').tobytes(), np.uint8)
        left = np.concatenate([np.zeros(size, np.uint8), row[:-size]])
        corner = np.concatenate([np.zeros(size, np.uint8), before[:-size]])
        a, b, c = (v.astype(int) for v in (left, before, corner))
        pa, pb, pc = abs(b - c), abs(a - c), abs(a + b - 2 * c)
        paeth = np.where((pa <= pb) & (pa <= pc), a, np.where(pb <= pc, b, c))
        guess = [np.zeros_like(a), a, b, (a + b) // 2, paeth][y % 5]
        rows.append(bytes([y % 5]) + ((row.astype(int) - guess) % 256).astype(np.uint8).tobytes())
        before = row
    header = struct.pack('>IIBBBBB', width, height, 16, colour, 0, 0, 0)
    with open(os.path.join(here, name), 'wb') as file:
        file.write(b'\x89PNG\r\n\x1a\n' + png_chunk(b'IHDR', header) + png_chunk(b'IDAT', zlib.compress(b''.join(rows))) + png_chunk(b'IEND', b''))


rgb = scene()
picture = Image.fromarray(rgb)
save('rgb.png', picture)
save('grey.png', picture.convert('L'))
save('palette.png', picture.quantize(17))
save('one-bit.png', picture.convert('1'))
# Transparent with hidden colours: black below alpha 0, as editors write it, and every alpha between.
alpha = ((np.arange(H)[:, None] * 20 + np.arange(W)[None, :] * 11) % 256).astype(np.uint8)
alpha[:, :5] = 0
hidden = np.where((alpha == 0)[..., None], 0, rgb).astype(np.uint8)
save('rgba.png', Image.fromarray(np.dstack([hidden, alpha])))
save('rgba.webp', Image.fromarray(np.dstack([hidden, alpha])), lossless=True, exact=True)
save('la.png', Image.merge('LA', (picture.convert('L'), Image.fromarray(alpha))))
transparent = picture.quantize(17)
transparent.info['transparency'] = 3
save('palette-transparent.png', transparent, transparency=3)
for turned in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = turned
    if turned == 6:
        save('orientation-6.png', picture, exif=exif)
    save(f'orientation-{turned}.jpg', picture, exif=exif, quality=95, subsampling=0)
save('cmyk.jpg', picture.convert('CMYK'), quality=95)
save('grey.jpg', picture.convert('L'), quality=90)
save('lossy.webp', picture, quality=80)
save('animated.gif', picture.quantize(32), save_all=True, append_images=[ImageOps.invert(picture).quantize(32)], duration=100)
save('rgb.bmp', picture)
save('palette.bmp', picture.quantize(200))
save('one-bit.bmp', picture.convert('1'))
twelve = (500 + rgb.astype(int) * 3400 // 255).clip(0, 4095)
png16('grey-12-of-16.png', twelve[:, :, :1].astype(np.uint16), 0)
png16('rgb-12-of-16.png', twelve.astype(np.uint16), 2)
sixteen = (rgb.astype(int) * 257).astype(np.uint16)
png16('rgb-16.png', sixteen, 2)
png16('rgba-16.png', np.dstack([sixteen, alpha.astype(np.uint16) * 257]), 6)


def eight(name):
    """What Pillow cannot read as it is (it clips 16-bit grey and cuts 16-bit RGB): the upper eight of the bits in use."""
    return {
        'grey-12-of-16.png': Image.fromarray((twelve[:, :, 0] >> 4).astype(np.uint8)),
        'rgb-12-of-16.png': Image.fromarray((twelve >> 4).astype(np.uint8)),
    }.get(name)


def prepared(name, colour, size=None, fit='stretch', resample=Image.BILINEAR, background=(255, 255, 255)):
    image = eight(name) or ImageOps.exif_transpose(Image.open(os.path.join(here, name)))
    if image.mode in ('RGBA', 'LA') or 'transparency' in image.info:
        rgba = image.convert('RGBA')
        image = Image.new('RGB', rgba.size, background)
        image.paste(rgba.convert('RGB'), mask=rgba.getchannel('A'))
    elif image.mode != 'L':
        image = image.convert('RGB')
    image = image.convert('L' if colour == 'grayscale' else 'RGB')
    if size:
        height, width = size
        if fit == 'crop':
            w = min(image.width, image.height * width // height)
            h = min(image.height, image.width * height // width)
            left, top = (image.width - w) // 2, (image.height - h) // 2
            image = image.crop((left, top, left + w, top + h))
        if fit == 'pad':
            scale = min(width / image.width, height / image.height)
            inner = image.resize((round(image.width * scale), round(image.height * scale)), resample)
            image = Image.new(image.mode, (width, height))
            image.paste(inner, ((width - inner.width) // 2, (height - inner.height) // 2))
        else:
            image = image.resize((width, height), resample)
    return image


filters = {'bilinear': Image.BILINEAR, 'bicubic': Image.BICUBIC, 'lanczos3': Image.LANCZOS, 'area': Image.BOX, 'nearest': Image.NEAREST}
cases = []


def case(file, preparation, **how):
    image = prepared(file, preparation['colorMode'], **how)
    cases.append({
        'file': file,
        'preparation': preparation,
        'size': [image.height, image.width],
        'bytes': base64.b64encode(image.tobytes()).decode(),
    })


for file in sorted(os.listdir(here)):
    if file == 'expected.json':
        continue
    for colour in ('rgb', 'grayscale'):
        case(file, {'colorMode': colour})
        case(file, {'colorMode': colour, 'imageSize': [9, 16]}, size=(9, 16))
for name, resample in filters.items():
    for size in ([5, 7], [14, 30], [40, 50], [1, 1]):
        for colour in ('rgb', 'grayscale'):
            case('rgb.png', {'colorMode': colour, 'imageSize': size, 'interpolation': name}, size=size, resample=resample)
for fit in ('crop', 'pad'):
    for size in ([8, 8], [20, 9], [30, 64]):
        case('rgb.png', {'colorMode': 'rgb', 'imageSize': size, 'fit': fit}, size=size, fit=fit)
case('rgba.png', {'colorMode': 'rgb', 'background': [10, 200, 90]}, background=(10, 200, 90))
case('la.png', {'colorMode': 'grayscale', 'background': [0, 0, 0]}, background=(0, 0, 0))
json.dump({'pillow': __version__, 'cases': cases}, open(os.path.join(here, 'expected.json'), 'w'), indent=1)
print(len(cases), 'cases by Pillow', __version__)
