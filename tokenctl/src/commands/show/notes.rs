//! Finds the build notes in a program's file. Anybody may have made the file.

use std::fmt;

use object::elf::{FileHeader32, FileHeader64, PT_NOTE};
use object::read::elf::{FileHeader, NoteIterator, ProgramHeader as _};
use object::read::macho::{FatArch, MachOFatFile32, MachOFatFile64};
use object::{Endianness, File, FileKind, Object as _, ObjectSection as _};
use token_policy::note::{
    BuildNote, ELF_SECTION, MACH_O_SECTION, NoteError, OWNER, PE_SECTION, TYPE,
};

/// Why the notes of a file cannot be read.
#[derive(Debug)]
pub(super) enum Error {
    Damaged(object::Error),
    NoProgram,
    None,
    Note(NoteError),
    TooMany,
    Type(u32),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Damaged(error) => write!(f, "the file is damaged: {error}"),
            Error::NoProgram => f.write_str("this is no program of the format ELF, Mach-O or PE"),
            Error::None => f.write_str("the program has no build note"),
            Error::Note(error) => error.fmt(f),
            Error::TooMany => write!(f, "the file has more than {MOST} build notes"),
            Error::Type(other) => write!(f, "the build note has the type {other}, not {TYPE}"),
        }
    }
}

impl From<object::Error> for Error {
    fn from(error: object::Error) -> Error {
        Error::Damaged(error)
    }
}

/// Returns the notes of a program, each once: a file may hold the program for several processors.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<BuildNote>, Error> {
    let mut notes = Vec::new();
    match FileKind::parse(bytes).map_err(|_| Error::NoProgram)? {
        FileKind::MachOFat32 => of_each(MachOFatFile32::parse(bytes)?.arches(), bytes, &mut notes)?,
        FileKind::MachOFat64 => of_each(MachOFatFile64::parse(bytes)?.arches(), bytes, &mut notes)?,
        _ => of_program(bytes, &mut notes)?,
    }
    if notes.is_empty() { Err(Error::None) } else { Ok(notes) }
}

fn of_each<A: FatArch>(
    programs: &[A],
    bytes: &[u8],
    notes: &mut Vec<BuildNote>,
) -> Result<(), Error> {
    programs.iter().try_for_each(|program| of_program(program.data(bytes)?, notes))
}

fn of_program(bytes: &[u8], notes: &mut Vec<BuildNote>) -> Result<(), Error> {
    let file = File::parse(bytes)?;
    let endian = file.endianness();
    let mut has_section = false;
    for section in file.sections().filter(|section| is_ours(section)) {
        has_section = true;
        collect(section.data()?, endian, notes)?;
    }
    match file {
        // Somebody may have removed the table of sections. The loader needs the table of segments.
        File::Elf32(_) if !has_section => in_segments::<FileHeader32<Endianness>>(bytes, notes),
        File::Elf64(_) if !has_section => in_segments::<FileHeader64<Endianness>>(bytes, notes),
        _ => Ok(()),
    }
}

/// Whether a section has the name of ours. A section whose name cannot be read is another one.
fn is_ours(section: &object::Section<'_, '_>) -> bool {
    let (segment, mach_o) = MACH_O_SECTION;
    match (section.segment_name(), section.name()) {
        (_, Ok(name)) if name == ELF_SECTION || name == PE_SECTION => true,
        (Ok(Some(of)), Ok(name)) => (of, name) == (segment, mach_o),
        _ => false,
    }
}

fn in_segments<Elf: FileHeader<Endian = Endianness>>(
    bytes: &[u8],
    notes: &mut Vec<BuildNote>,
) -> Result<(), Error> {
    let header = Elf::parse(bytes)?;
    let endian = header.endian()?;
    for segment in header.program_headers(endian, bytes)? {
        if segment.p_type(endian) == PT_NOTE {
            let data = segment.data(endian, bytes);
            collect(data.map_err(|()| Error::NoProgram)?, endian, notes)?;
        }
    }
    Ok(())
}

/// Reads a row of notes. Those of other owners are left out, and so is what a linker filled up with zeros.
fn collect(row: &[u8], endian: Endianness, notes: &mut Vec<BuildNote>) -> Result<(), Error> {
    let length = row.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let row = row.get(..length).unwrap_or_default();
    // The notes of both classes of ELF are alike.
    for note in NoteIterator::<FileHeader64<Endianness>>::new(endian, 4, row)? {
        let note = note?;
        if note.name() != OWNER.as_bytes() {
            continue;
        }
        if note.n_type(endian) != TYPE {
            return Err(Error::Type(note.n_type(endian)));
        }
        let note = BuildNote::parse(note.desc()).map_err(Error::Note)?;
        if notes.contains(&note) {
            continue;
        }
        if notes.len() == MOST {
            return Err(Error::TooMany);
        }
        notes.push(note);
    }
    Ok(())
}

/// The most notes that are read. A program has one for each of its policies.
const MOST: usize = 256;

#[cfg(test)]
mod tests;
