//! Files of each format, whole and damaged.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;

use object::write::{Object, Section, pe};
use object::{
    Architecture, BinaryFormat, Endianness, SectionKind,
    elf::{ELFOSABI_SYSV, EM_X86_64, ET_EXEC, PT_NOTE},
    pe as image,
    write::elf,
};
use token_policy::note::{BuildNote, ELF_SECTION, MACH_O_SECTION, PE_SECTION};

use super::{Error, read};

const DIGEST: &str = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

fn content(package: &str) -> String {
    format!(
        "{{\"version\":1,\"package\":\"{package}\",\"file\":\"tokens.toml\",\"policy\":\"{DIGEST}\",\
         \"kinds\":{{\"ci\":\"{DIGEST}\"}},\"source\":\"\"}}"
    )
}

/// A note of any owner, type and content, as it lies in the section.
fn raw(owner: &[u8], kind: u32, content: &[u8], endian: Endianness) -> Vec<u8> {
    let number = |number: usize| {
        let number = u32::try_from(number).unwrap();
        match endian {
            Endianness::Little => number.to_le_bytes(),
            Endianness::Big => number.to_be_bytes(),
        }
    };
    let mut note = [number(owner.len()), number(content.len()), number(kind as usize)].concat();
    for part in [owner, content] {
        note.extend(part);
        note.resize(note.len().next_multiple_of(4), 0);
    }
    note
}

fn note(package: &str, endian: Endianness) -> Vec<u8> {
    raw(b"token-core\0", 1, content(package).as_bytes(), endian)
}

fn object_file(
    format: BinaryFormat,
    of: Architecture,
    endian: Endianness,
    name: (&str, &str),
    row: &[u8],
) -> Vec<u8> {
    let mut file = Object::new(format, of, endian);
    let section =
        file.add_section(name.0.as_bytes().to_vec(), name.1.as_bytes().to_vec(), SectionKind::Data);
    let section: &mut Section<'_> = file.section_mut(section);
    section.append_data(row, 4);
    file.write().unwrap()
}

fn elf_file(row: &[u8]) -> Vec<u8> {
    let name = ("", ELF_SECTION);
    object_file(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little, name, row)
}

fn mach_o(of: Architecture, row: &[u8]) -> Vec<u8> {
    object_file(BinaryFormat::MachO, of, Endianness::Little, MACH_O_SECTION, row)
}

/// A program of Windows with one section.
fn pe_file(row: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = pe::Writer::new(true, 0x1000, 0x200, &mut bytes);
    writer.reserve_dos_header_and_stub();
    writer.reserve_nt_headers(16);
    writer.reserve_section_headers(1);
    let mut name = [0; 8];
    name.copy_from_slice(PE_SECTION.as_bytes());
    let length = u32::try_from(row.len()).unwrap();
    let range = writer.reserve_section(name, image::IMAGE_SCN_CNT_INITIALIZED_DATA, length, length);
    writer.write_dos_header_and_stub().unwrap();
    writer.write_nt_headers(pe::NtHeaders {
        machine: image::IMAGE_FILE_MACHINE_AMD64,
        time_date_stamp: 0,
        characteristics: image::IMAGE_FILE_EXECUTABLE_IMAGE,
        major_linker_version: 0,
        minor_linker_version: 0,
        address_of_entry_point: 0,
        image_base: 0x0040_0000,
        major_operating_system_version: 0,
        minor_operating_system_version: 0,
        major_image_version: 0,
        minor_image_version: 0,
        major_subsystem_version: 0,
        minor_subsystem_version: 0,
        subsystem: 0,
        dll_characteristics: 0,
        size_of_stack_reserve: 0,
        size_of_stack_commit: 0,
        size_of_heap_reserve: 0,
        size_of_heap_commit: 0,
    });
    writer.write_section_headers();
    writer.write_section(range.file_offset, row);
    bytes
}

/// A program whose table of sections was removed.
fn elf_without_sections(row: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = elf::Writer::new(Endianness::Little, true, &mut bytes);
    writer.reserve_file_header();
    writer.reserve_program_headers(1);
    let offset = writer.reserve(row.len(), 4);
    writer
        .write_file_header(&elf::FileHeader {
            os_abi: ELFOSABI_SYSV,
            abi_version: 0,
            e_type: ET_EXEC,
            e_machine: EM_X86_64,
            e_entry: 0,
            e_flags: 0,
        })
        .unwrap();
    writer.write_align_program_headers();
    let size = row.len() as u64;
    writer.write_program_header(&elf::ProgramHeader {
        p_type: PT_NOTE,
        p_flags: 4,
        p_offset: offset as u64,
        p_vaddr: 0,
        p_paddr: 0,
        p_filesz: size,
        p_memsz: size,
        p_align: 4,
    });
    writer.pad_until(offset);
    writer.write(row);
    bytes
}

/// A file with the programs of two processors.
fn universal(programs: [&[u8]; 2]) -> Vec<u8> {
    let mut bytes = [0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 2].to_vec();
    let mut offset = 4096;
    for (cpu, program) in [0x0100_0007_u32, 0x0100_000C].into_iter().zip(programs) {
        let size = u32::try_from(program.len()).unwrap();
        bytes.extend([cpu, 0, offset, size, 12].map(u32::to_be_bytes).concat());
        offset += size.next_multiple_of(4096);
    }
    for program in programs {
        bytes.resize(bytes.len().next_multiple_of(4096), 0);
        bytes.extend(program);
    }
    bytes
}

fn packages(bytes: &[u8]) -> Vec<String> {
    read(bytes).unwrap().into_iter().map(|note: BuildNote| note.package).collect()
}

#[test]
fn each_format_is_read() {
    let two = [note("one", Endianness::Little), note("two", Endianness::Little)].concat();
    assert_eq!(packages(&elf_file(&two)), ["one", "two"]);
    assert_eq!(packages(&elf_without_sections(&two)), ["one", "two"]);
    assert_eq!(packages(&mach_o(Architecture::X86_64, &two)), ["one", "two"]);
    assert_eq!(packages(&pe_file(&two)), ["one", "two"]);
    let coff = object_file(
        BinaryFormat::Coff,
        Architecture::X86_64,
        Endianness::Little,
        ("", PE_SECTION),
        &two,
    );
    assert_eq!(packages(&coff), ["one", "two"]);
}

#[test]
fn the_bytes_of_a_number_are_in_the_processors_order() {
    let big = Endianness::Big;
    for of in [Architecture::PowerPc64, Architecture::PowerPc] {
        let row = note("service", big);
        let file = object_file(BinaryFormat::Elf, of, big, ("", ELF_SECTION), &row);
        assert_eq!(packages(&file), ["service"]);
    }
}

#[test]
fn what_stands_there_twice_is_shown_once() {
    let [one, other] = [note("service", Endianness::Little), note("other", Endianness::Little)];
    let intel = mach_o(Architecture::X86_64, &one);
    let arm = mach_o(Architecture::Aarch64, &[one.clone(), other].concat());
    assert_eq!(packages(&universal([&intel, &arm])), ["service", "other"]);
    assert_eq!(packages(&elf_file(&[one.clone(), one].concat())), ["service"]);
}

#[test]
fn notes_of_others_and_zeros_are_left_out() {
    let own = note("service", Endianness::Little);
    let foreign = raw(b"GNU\0", 3, &[7; 20], Endianness::Little);
    let row = [foreign.clone(), own, vec![0; 24], foreign, vec![0; 9]].concat();
    assert_eq!(packages(&elf_file(&row)), ["service"]);
}

#[test]
fn each_fault_has_its_words() {
    let little = Endianness::Little;
    let said = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    for none in ["", "#!/bin/sh\necho\n", "MZ", "\u{7f}ELF", "!<arch>\n0123456789"] {
        assert!(said(none.as_bytes()).contains("no program"), "{none:?}");
    }
    assert!(said(&elf_file(&[])).contains("no build note"));
    let later = raw(b"token-core\0", 2, b"{}", little);
    assert!(said(&elf_file(&later)).contains("type 2, not 1"));
    let wrong = raw(b"token-core\0", 1, b"{}", little);
    assert!(said(&elf_file(&wrong)).contains("no `version`"));
    let cut = note("service", little);
    assert!(said(&elf_file(&cut[..cut.len() - 40])).contains("damaged"));
    let many: Vec<u8> = (0..=256).flat_map(|n| note(&format!("s{n}"), little)).collect();
    assert!(said(&elf_file(&many)).contains("more than 256 build notes"));
    let mut huge = note("service", little);
    huge[4..8].fill(0xFF);
    assert!(said(&elf_file(&huge)).contains("damaged"));
}

/// Neither a panic nor much memory: an answer or an error for each of 5,000 damaged files, or of `SHOW_MUTATIONS`.
#[test]
fn damaged_files_are_refused_or_read() {
    let row = [note("one", Endianness::Little), note("two", Endianness::Little)].concat();
    let (intel, arm) = (mach_o(Architecture::X86_64, &row), mach_o(Architecture::Aarch64, &row));
    let files = [
        elf_file(&row),
        elf_without_sections(&row),
        pe_file(&row),
        universal([&intel, &arm]),
        intel,
    ];
    let mut random = fastrand::Rng::with_seed(1);
    let (mut words, mut answers) = (String::new(), 0);
    let mutations = std::env::var("SHOW_MUTATIONS").map_or(5_000, |many| many.parse().unwrap());
    for number in 0..mutations {
        let mut bytes = files[number % files.len()].clone();
        // Most of what is damaged is a number of a header.
        for _ in 0..random.usize(1..8) {
            let end = if random.bool() { bytes.len().min(512) } else { bytes.len() };
            let at = random.usize(..end);
            match random.u8(..4) {
                0 => bytes[at] = random.u8(..),
                1 => bytes[at] ^= 1 << random.u8(..8),
                2 => bytes[at..end.min(at + 8)].fill(0xFF),
                _ => bytes.truncate(at.max(1)),
            }
        }
        match read(&bytes) {
            Ok(notes) => answers += usize::from(!notes.is_empty()),
            Err(Error::None | Error::NoProgram) => {}
            Err(error) => {
                words.clear();
                write!(words, "{error}").unwrap();
                assert!(!words.contains("token-core"), "{words}");
            }
        }
    }
    assert!(answers > mutations / 100, "only {answers} files could be read");
}
